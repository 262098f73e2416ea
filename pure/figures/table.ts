/** A table of text as SVG: a line a row, columns as wide as what stands in them. */
import { figureSvg, round, textSvg } from './figureSvg.ts';
import { fitText, textWidth } from './svgText.ts';
import { type FigureTheme, LIGHT_FIGURE } from './theme.ts';

export interface TableFigure {
  readonly title: string;
  readonly caption: string;
  readonly header: readonly string[];
  /** Columns that stand to the right. */
  readonly numeric: readonly boolean[];
  readonly rows: readonly (readonly string[])[];
}

const SIZE = 12;
const TITLE_SIZE = 16;
const ROW = 24;
const LEFT = 24;
const TOP = 68;
const GAP = 20;
/** A longer cell ends in an ellipsis, pixels. */
const WIDEST = 320;
const LEAST_WIDTH = 320;

export function tableSvg(
  { title, caption, header, numeric, rows }: TableFigure,
  theme: FigureTheme = LIGHT_FIGURE,
): string {
  const widths = header.map((name, column) => {
    const texts = [name, ...rows.map((row) => row[column] ?? '')];
    return Math.min(WIDEST, Math.max(...texts.map((text) => textWidth(text, SIZE))));
  });
  const width = Math.max(LEAST_WIDTH, 2 * LEFT + sum(widths) + GAP * (widths.length - 1));
  const height = TOP + ROW * (rows.length + 1) + 16;
  const line = (cells: readonly string[], at: number, bold: boolean): string =>
    cells
      .slice(0, widths.length)
      .map((cell, column) => {
        const from = LEFT + sum(widths.slice(0, column)) + GAP * column;
        const text = fitText(cell, widths[column]!, SIZE);
        const y = TOP + ROW * at + 16;
        return numeric[column] === true
          ? textSvg(from + widths[column]!, y, text, SIZE, theme.text, 'end', bold)
          : textSvg(from, y, text, SIZE, theme.text, 'start', bold);
      })
      .join('');
  const rule = (y: number, color: string): string =>
    `<line x1="${LEFT}" y1="${y}" x2="${round(width - LEFT)}" y2="${y}" stroke="${color}"/>`;
  return figureSvg({ width: Math.ceil(width), height, label: title, theme }, [
    textSvg(LEFT, 34, fitText(title, width - 2 * LEFT, TITLE_SIZE), TITLE_SIZE, theme.text, 'start', true),
    textSvg(LEFT, 54, fitText(caption, width - 2 * LEFT, SIZE), SIZE, theme.muted),
    line(header, 0, true),
    rule(TOP + ROW, theme.axis),
    ...rows.map((row, at) => line(row, at + 1, false)),
    ...rows.slice(1).map((_, at) => rule(TOP + ROW * (at + 2), theme.grid)),
  ]);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
