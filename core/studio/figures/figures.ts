/** Figures as files: SVG, PNG with two pixels a unit, or the numbers as CSV. */
import { extname } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import { FigureFormat, type FigureQuestion } from '../../../contract/results/figure.ts';
import { DARK_FIGURE, LIGHT_FIGURE } from '../../../pure/figures/theme.ts';
import { tableCell } from '../../../pure/csv.ts';
import { svgPng } from '../../evaluate/svgPng.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import type { StudioContext } from '../context.ts';
import { type Ask, askHere } from '../lookups/handlers.ts';
import { drawFigure } from './drawFigure.ts';

export interface FigureFile {
  readonly title: string;
  readonly data: string | Buffer;
}

export interface FigureHandlers {
  /**
   * @param options dark: for a dark ground. ask: of a host whose own thread has other work
   * @throws {StudioError} `run.notFound`, `prediction.notFound`, `input.invalid`
   */
  make(
    question: FigureQuestion,
    format: FigureFormat,
    options?: { readonly dark?: boolean; readonly ask?: Ask },
  ): Promise<FigureFile>;
  /** As `make`, to a file whose ending says the format; replaced when it is there. */
  write(question: FigureQuestion, path: string, options?: { readonly dark?: boolean }): Promise<{ title: string }>;
}

export function createFigureHandlers(context: StudioContext): FigureHandlers {
  const make: FigureHandlers['make'] = async (question, format, { dark = false, ask = askHere } = {}) => {
    const theme = dark ? DARK_FIGURE : LIGHT_FIGURE;
    const { title, svg, rows } = await drawFigure(question, { context, ask, theme });
    if (format === 'svg') return { title, data: svg };
    if (format === 'png') return { title, data: await svgPng(svg, { background: theme.background }) };
    return { title, data: rows.map((row) => `${row.map(cellText).join(',')}\n`).join('') };
  };
  return {
    make,
    async write(question, path, options) {
      const { title, data } = await make(question, formatOf(path), options);
      await writeDurableFile(path, data, { overwrite: true });
      return { title };
    },
  };
}

const cellText = (cell: string | number | null): string =>
  cell === null ? '' : typeof cell === 'number' ? String(cell) : tableCell(cell);

function formatOf(path: string): FigureFormat {
  const format = FigureFormat.safeParse(extname(path).slice(1).toLowerCase());
  if (format.success) return format.data;
  throw new StudioError('input.invalid', `A figure is a .svg, .png or .csv file, not "${path}".`, {
    remedy: 'Give the file one of these endings.',
  });
}
