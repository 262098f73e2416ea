/** Names of unknown origin as text in an SVG: escaped, cleaned, and cut to the room there is. */

export const SVG_FONT = 'DejaVu Sans, Noto Sans, Liberation Sans, Arial, sans-serif';

/** Not allowed in XML 1.0, or able to reorder the text around them (bidirectional controls). */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]/gu;

/** One line without control characters. */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\t\r\n]+/gu, ' ')
    .replace(UNPRINTABLE, '');
}

/** Character data or a double-quoted attribute value. */
export function escapeXml(text: string): string {
  return plainText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/**
 * Width in pixels at `fontSize`, estimated from the widest of the fonts named above (DejaVu Sans) and never far too
 * small.
 */
export function textWidth(text: string, fontSize: number): number {
  let em = 0;
  for (const char of text) em += widthOf(char);
  return em * fontSize;
}

function widthOf(char: string): number {
  if (char.codePointAt(0)! >= 0x1100) return 1.1;
  if (/[ijl|.,:;'!I ]/u.test(char)) return 0.32;
  if (/[frt()[\]{}/\\"-]/u.test(char)) return 0.42;
  if (/[mwMW%@]/u.test(char)) return 0.98;
  return /[A-Z]/u.test(char) ? 0.72 : 0.63;
}

/** `text` if it fits into `width` pixels, else its start and an ellipsis. */
export function fitText(text: string, width: number, fontSize: number): string {
  const plain = plainText(text);
  if (textWidth(plain, fontSize) <= width) return plain;
  const chars = [...plain];
  while (chars.length > 0 && textWidth(`${chars.join('').trimEnd()}…`, fontSize) > width) chars.pop();
  return `${chars.join('').trimEnd()}…`;
}
