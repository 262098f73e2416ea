/**
 * Results as published tables show them: a row a network, a column a protocol, in per cent; published figures beside
 * ours, never mixed with them.
 */
import type { PublishedResult } from '../../contract/network.ts';
import { StudioError } from '../../contract/errors.ts';
import type { ResolvedProtocol } from '../../contract/protocol.ts';
import { textCell } from '../../pure/csv.ts';
import { wilsonInterval } from '../../pure/statistics/wilson.ts';
import { publishedWording } from './protocols/namedProtocols.ts';

export interface MeasuredFigure {
  /** Names its row. */
  readonly network: string;
  /** The run that it is; left out for other weights. */
  readonly runId?: string | null;
  readonly published: readonly PublishedResult[];
  readonly protocol: ResolvedProtocol;
  /** Shares from 0 to 1. */
  readonly top1: number | null;
  readonly top5: number | null;
  /** Pictures that they were counted from; only intervals need it. */
  readonly labelled?: number;
}

export type TableFormat = 'md' | 'latex' | 'csv';

export interface TableOptions {
  readonly figure?: 'error' | 'accuracy';
  /** Wilson intervals (95 %) of top-1 behind the figures. */
  readonly intervals?: boolean;
  /**
   * Name of the protocol by whose top-1 the rows are sorted, best first; `any` takes each network's best figure,
   * whichever protocol it is of. By name unless given.
   */
  readonly rank?: string;
}

export interface EvaluationTable {
  readonly columns: readonly { readonly protocol: string; readonly title: string }[];
  readonly rows: readonly {
    readonly network: string;
    readonly runId: string | null;
    readonly cells: readonly { readonly measured: string | null; readonly published: string | null }[];
  }[];
  readonly figure: 'error' | 'accuracy';
  /** What the figures are and how the rows are sorted, in words. */
  readonly note: string;
}

/** "top-1/top-5" in per cent. */
function inPercent(shares: readonly (number | null | undefined)[]): string | null {
  const known = shares.filter((share) => share !== null && share !== undefined);
  return known.length > 0 && shares[0] !== null && shares[0] !== undefined
    ? known.map((share) => (100 * share).toFixed(2)).join('/')
    : null;
}

/** Each network's first figure under a protocol, by both names. */
class FigureGrid {
  readonly #cells = new Map<string, MeasuredFigure>();

  constructor(figures: readonly MeasuredFigure[]) {
    for (const each of figures) {
      const key = FigureGrid.#key(each.network, each.protocol.name);
      if (!this.#cells.has(key)) this.#cells.set(key, each);
    }
  }

  at(network: string, protocol: string): MeasuredFigure | undefined {
    return this.#cells.get(FigureGrid.#key(network, protocol));
  }

  /** Best top-1 among these protocols; −1 where there is none. */
  best(network: string, protocols: readonly string[]): number {
    return Math.max(-1, ...protocols.map((name) => this.at(network, name)?.top1 ?? -1));
  }

  static #key(network: string, protocol: string): string {
    return `${network}\n${protocol}`;
  }
}

/**
 * All figures must be of one split of one data set. The first figure of a network under a protocol counts (give them
 * newest first). A column is a protocol, so that no two protocols are ever compared down a column; what a network was
 * fed (mean, colours) is its own and belongs to its row.
 * @throws {StudioError} `input.invalid`: no figure is of the protocol to sort by
 */
export function evaluationTable(
  figures: readonly MeasuredFigure[],
  { figure = 'error', intervals = false, rank }: TableOptions = {},
): EvaluationTable {
  const protocols = new Map(figures.map(({ protocol }) => [protocol.name, protocol]));
  if (rank !== undefined && rank !== 'any' && !protocols.has(rank))
    throw new StudioError('input.invalid', `No figure here was measured by ${rank}.`, {
      remedy: `There are: ${[...protocols.keys()].join(', ')}; or any.`,
    });
  const columns = [...protocols.values()].sort((a, b) => a.crop - b.crop || a.name.localeCompare(b.name));
  const grid = new FigureGrid(figures);
  const newest = new Map(figures.toReversed().map((each) => [each.network, each]));
  return {
    columns: columns.map(({ name, title }) => ({ protocol: name, title })),
    rows: networksInOrder(grid, [...newest.keys()], [...protocols.keys()], rank).map((network) => ({
      network,
      runId: newest.get(network)?.runId ?? null,
      cells: columns.map((protocol) => ({
        measured: measuredCell(grid.at(network, protocol.name), figure, intervals),
        published: publishedCell(newest.get(network)?.published ?? [], protocol, figure),
      })),
    })),
    figure,
    note: noteOf(figure, intervals, rank),
  };
}

/** By the protocol of `rank`, best first; networks that are equal, and all without a rank, by name. */
function networksInOrder(
  grid: FigureGrid,
  networks: readonly string[],
  protocols: readonly string[],
  rank: string | undefined,
): string[] {
  const ranking = protocols.filter((name) => rank === 'any' || rank === name);
  return [...networks].sort(
    (a, b) => grid.best(b, ranking) - grid.best(a, ranking) || a.localeCompare(b, undefined, { numeric: true }),
  );
}

function shareOf(figure: 'error' | 'accuracy', accuracy: number | null): number | null {
  return accuracy === null || figure === 'accuracy' ? accuracy : 1 - accuracy;
}

function measuredCell(
  measured: MeasuredFigure | undefined,
  figure: 'error' | 'accuracy',
  intervals: boolean,
): string | null {
  if (!measured) return null;
  const { top1, top5, labelled } = measured;
  const text = inPercent([shareOf(figure, top1), shareOf(figure, top5)]);
  if (text === null || !intervals || top1 === null || !labelled) return text;
  const { low, high } = wilsonInterval(Math.round(top1 * labelled), labelled);
  const ends = [shareOf(figure, low) ?? 0, shareOf(figure, high) ?? 0].sort((a, b) => a - b);
  return `${text} (${ends.map((end) => (100 * end).toFixed(2)).join('–')})`;
}

function publishedCell(
  results: readonly PublishedResult[],
  protocol: ResolvedProtocol,
  figure: 'error' | 'accuracy',
): string | null {
  const wording = publishedWording(protocol);
  const result = results.find((each) => each.protocol === wording);
  if (!result) return null;
  const { top1ErrorPct, top5ErrorPct, dataset } = result;
  const shares = [top1ErrorPct, top5ErrorPct].map((error) =>
    error === null ? null : shareOf(figure, 1 - error / 100),
  );
  return `${inPercent(shares)} (${dataset})`;
}

function noteOf(figure: 'error' | 'accuracy', intervals: boolean, rank: string | undefined): string {
  const sorted =
    rank === 'any'
      ? "sorted by each network's best figure, whichever protocol it is of: these are not comparable"
      : `sorted by ${rank}`;
  return [
    `top-1/top-5 ${figure} in %`,
    ...(intervals ? ['95 % interval of top-1 in brackets'] : []),
    ...(rank === undefined ? [] : [sorted]),
  ].join('; ');
}

/** The table with `caption` (data set, split, number of pictures) as text to paste. */
export function formatEvaluationTable(
  { columns, rows, figure, note }: EvaluationTable,
  caption: string,
  format: TableFormat,
): string {
  const anyPublished = columns.map((_, i) => rows.some(({ cells }) => cells[i]?.published));
  const header = [
    'network',
    ...columns.flatMap(({ protocol }, i) => [
      `${protocol}, ${figure} %`,
      ...(anyPublished[i] ? [`${protocol}, published`] : []),
    ]),
  ];
  const body = rows.map(({ network, cells }) => [
    network,
    ...cells.flatMap(({ measured, published }, i) => [measured ?? '–', ...(anyPublished[i] ? [published ?? '–'] : [])]),
  ]);
  if (format === 'csv') return [header, ...body].map((row) => row.map(textCell).join(',')).join('\n');
  const legend = columns.map(({ protocol, title }) => `${protocol}: ${title}.`);
  if (format === 'md') {
    const line = (row: readonly string[]): string =>
      `| ${row.map((cell) => cell.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ')).join(' | ')} |`;
    return [
      `${caption}; ${note}.`,
      '',
      line(header),
      line(header.map((_, i) => (i === 0 ? '---' : '---:'))),
      ...body.map(line),
      '',
      ...legend.map((text) => `- ${text}`),
    ].join('\n');
  }
  const row = (cells: readonly string[]): string => `${cells.map(latexText).join(' & ')} \\\\`;
  return [
    `% ${caption.replace(/\s+/g, ' ')}; ${note}.`,
    ...legend.map((text) => `% ${text}`),
    `\\begin{tabular}{l${'r'.repeat(header.length - 1)}}`,
    '\\hline',
    row(header),
    '\\hline',
    ...body.map(row),
    '\\hline',
    '\\end{tabular}',
  ].join('\n');
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '–': '--',
  '×': '$\\times$',
};

function latexText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\~^–×&%$#_{}]/g, (character) => LATEX[character] ?? `\\${character}`);
}
