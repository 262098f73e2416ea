/** The confusion matrix as one SVG: a row a true class, a column a decided one. */
import { StudioError } from '../../contract/errors.ts';
import { figureSvg, round, textSvg } from './figureSvg.ts';
import { escapeXml, fitText, textWidth } from './svgText.ts';
import { type FigureTheme, LIGHT_FIGURE } from './theme.ts';

export interface Confusions {
  readonly classNames: readonly string[];
  /** Only cells that occur: `cells[3i]` truth, `cells[3i+1]` decision, `cells[3i+2]` count. */
  readonly cells: readonly number[];
}

const SIDE = 640;
const TOP = 104;
const LARGEST_CELL = 56;
/** More classes than these have no room for their names. */
const MOST_NAMES = 60;
/** Cells smaller than this have no room for a number, pixels. */
const NUMBER_SIDE = 24;
const LONGEST_NAME = 150;

/**
 * A cell's strength is its share of its row, so that rare classes are seen as well.
 * @throws {StudioError} `input.invalid`: where no image has a label
 */
export function confusionSvg(
  { classNames, cells }: Confusions,
  { title, subtitle, theme = LIGHT_FIGURE }: { title: string; subtitle: string; theme?: FigureTheme },
): string {
  const counted = triples(cells);
  const count = classNames.length;
  if (counted.length === 0)
    throw new StudioError('input.invalid', 'There is no confusion matrix: no image has a label.', {
      remedy: 'Evaluate on a labelled split.',
    });
  const named = count <= MOST_NAMES;
  const cell = Math.min(LARGEST_CELL, SIDE / count);
  const font = Math.max(7, Math.min(12, cell * 0.8));
  const names = classNames.map((name) => fitText(name, LONGEST_NAME, font));
  const left = 40 + (named ? Math.max(...names.map((name) => textWidth(name, font))) + 10 : 0);
  const below = named ? Math.max(...names.map((name) => textWidth(name, font))) + 14 : 14;
  const side = cell * count;
  const rows = new Map<number, number>();
  for (const { truth, images } of counted) rows.set(truth, (rows.get(truth) ?? 0) + images);
  const numbered = cell >= NUMBER_SIDE;
  return figureSvg(
    {
      width: Math.ceil(Math.max(left + side + 40, 560)),
      height: Math.ceil(TOP + side + below + 30),
      label: title,
      theme,
    },
    [
      textSvg(40, 40, fitText(title, 500, 20), 20, theme.text, 'start', true),
      textSvg(40, 62, fitText(subtitle, Math.max(480, side), 13), 13, theme.muted),
      textSvg(40, TOP - 14, 'Rows: true class. Columns: decided class.', 12, theme.muted),
      `<rect x="${round(left)}" y="${TOP}" width="${round(side)}" height="${round(side)}" fill="${theme.panel}"/>`,
      ...counted.map(({ truth, decision, images }) => {
        const share = images / rows.get(truth)!;
        const [x, y] = [left + decision * cell, TOP + truth * cell];
        const words = `${classNames[truth] ?? ''} → ${classNames[decision] ?? ''}: ${images}`;
        return (
          `<rect x="${round(x)}" y="${round(y)}" width="${round(cell)}" height="${round(cell)}" fill="${theme.cell}" ` +
          `fill-opacity="${(0.08 + 0.72 * share).toFixed(3)}"><title>${escapeXml(words)}</title></rect>` +
          (numbered
            ? textSvg(x + cell / 2, y + cell / 2 + 4, String(images), Math.min(12, cell / 2.6), theme.text, 'middle')
            : '')
        );
      }),
      `<rect x="${round(left)}" y="${TOP}" width="${round(side)}" height="${round(side)}" fill="none" ` +
        `stroke="${theme.axis}"/>`,
      ...(named ? names.map((name, at) => nameSvg(name, at, { left, cell, side, font, theme })) : []),
    ],
  );
}

function nameSvg(
  name: string,
  at: number,
  { left, cell, side, font, theme }: { left: number; cell: number; side: number; font: number; theme: FigureTheme },
): string {
  const middle = (at + 0.5) * cell;
  const [x, y] = [round(left + middle + font / 3), round(TOP + side + 8)];
  return (
    textSvg(left - 6, TOP + middle + font / 3, name, font, theme.text, 'end') +
    `<text transform="translate(${x} ${y}) rotate(-90)" font-size="${round(font)}" fill="${theme.text}" ` +
    `text-anchor="end">${escapeXml(name)}</text>`
  );
}

function triples(cells: readonly number[]): { truth: number; decision: number; images: number }[] {
  return Array.from({ length: Math.floor(cells.length / 3) }, (_, i) => ({
    truth: cells[3 * i]!,
    decision: cells[3 * i + 1]!,
    images: cells[3 * i + 2]!,
  })).filter(({ images }) => images > 0);
}
