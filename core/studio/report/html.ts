/** Pages out of templates: whatever is put into one is text, unless it is a piece of a page itself. */

/** A piece of a page; made by `html` alone, and by `drawn` for figures of ours. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | readonly Part[];

/** Characters that no page may hold, or that reorder the text around them (bidirectional controls). */
const UNPRINTABLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]/gu;

/** Character data, or the value of an attribute in double quotes. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(UNPRINTABLE, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A template whose values are escaped. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.map((text, at) => text + (at < values.length ? textOf(values[at]!) : '')).join(''));
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map((each) => textOf(each)).join('');
  return escapeHtml(String(part));
}

/** A figure drawn by our own module, which has escaped every name in it. */
export function drawn(svg: string): Html {
  return new Html(svg.trimEnd());
}

/** @param rows cells of each row; the first is its heading */
export function table(
  caption: string,
  head: readonly Part[],
  rows: readonly (readonly Part[])[],
  { numbers = true }: { numbers?: boolean } = {},
): Html {
  const kind = numbers ? 'numbers' : 'words';
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table class="${kind}">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([first = '', ...rest]) =>
            html`<tr>
              <th scope="row">${first}</th>
              ${rest.map((cell) => html`<td>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div> `;
}
