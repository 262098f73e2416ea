/** The frame of a figure, and text in it. */
import { escapeXml, SVG_FONT } from './svgText.ts';
import type { FigureTheme } from './theme.ts';

/** @param label what a screen reader says in place of the image */
export function figureSvg(
  { width, height, label, theme }: { width: number; height: number; label: string; theme: FigureTheme },
  parts: readonly string[],
): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="${SVG_FONT}" role="img" aria-label="${escapeXml(label)}">` +
    [`<rect width="${width}" height="${height}" fill="${theme.background}"/>`, ...parts].join('\n') +
    '</svg>\n'
  );
}

/** @param anchor of the line of text at `x`: `start`, `middle` or `end` */
export function textSvg(
  x: number,
  y: number,
  content: string,
  size: number,
  color: string,
  anchor = 'start',
  bold = false,
): string {
  return (
    `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${color}" ` +
    `text-anchor="${anchor}"${bold ? ' font-weight="bold"' : ''}>${escapeXml(content)}</text>`
  );
}

/** Hundredths of a pixel are enough. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
