/**
 * Results as published tables show them: a row a network, a column a protocol, in per cent; published figures beside
 * ours, never mixed with them.
 */
import { StudioError } from '../../contract/errors.ts';
import type { ResolvedProtocol } from '../../contract/protocol.ts';
import type { PublishedResult } from '../models/family.ts';
import { textCell } from '../../pure/csv.ts';
import { wilsonInterval } from '../../pure/wilson.ts';
import { publishedWording } from './protocols/namedProtocols.ts';

export interface MeasuredFigure {
  readonly network: string;
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

/**
 * All figures must be of one split of one data set. The first figure of a network under a protocol counts (give them
 * newest first). A column is a protocol, so that no two protocols are ever compared down a column; what a network was
 * fed (mean, colours) is its own and belongs to its row.
 */
export function evaluationTable(
  figures: readonly MeasuredFigure[],
  { figure = 'error', intervals = false, rank }: TableOptions = {},
): EvaluationTable {
  const protocols = new Map(figures.map(({ protocol }) => [protocol.name, protocol]));
  const columns = [...protocols.values()].sort((a, b) => a.crop - b.crop || a.name.localeCompare(b.name));
  if (rank !== undefined && rank !== 'any' && !protocols.has(rank))
    throw new StudioError('input.invalid', `No figure here was measured by ${rank}.`, {
      remedy: `There are: ${[...protocols.keys()].join(', ')}; or any.`,
    });
  const own = new Map<string, MeasuredFigure>();
  for (const each of figures)
    if (!own.has(`${each.network}\n${each.protocol.name}`)) own.set(`${each.network}\n${each.protocol.name}`, each);
  const share = (accuracy: number | null): number | null =>
    accuracy === null || figure === 'accuracy' ? accuracy : 1 - accuracy;
  const best = (network: string): number =>
    Math.max(
      -1,
      ...columns
        .filter(({ name }) => rank === 'any' || rank === name)
        .map(({ name }) => own.get(`${network}\n${name}`)?.top1 ?? -1),
    );
  const networks = [...new Set(figures.map(({ network }) => network))].sort(
    (a, b) => (rank === undefined ? 0 : best(b) - best(a)) || a.localeCompare(b, undefined, { numeric: true }),
  );
  const cell = ({ top1, top5, labelled }: MeasuredFigure): string | null => {
    const text = inPercent([share(top1), share(top5)]);
    if (text === null || !intervals || top1 === null || !labelled) return text;
    const { low, high } = wilsonInterval(Math.round(top1 * labelled), labelled);
    const ends = [share(low) ?? 0, share(high) ?? 0].sort((a, b) => a - b);
    return `${text} (${ends.map((end) => (100 * end).toFixed(2)).join('–')})`;
  };
  return {
    columns: columns.map(({ name, title }) => ({ protocol: name, title })),
    rows: networks.map((network) => ({
      network,
      cells: columns.map((protocol) => {
        const measured = own.get(`${network}\n${protocol.name}`);
        const wording = publishedWording(protocol);
        const published = figures
          .find((each) => each.network === network)
          ?.published.find((result) => result.protocol === wording);
        const shares = published && [
          share(1 - published.top1ErrorPct / 100),
          published.top5ErrorPct === null ? null : share(1 - published.top5ErrorPct / 100),
        ];
        return {
          measured: measured ? cell(measured) : null,
          published: published && shares ? `${inPercent(shares)} (${published.dataset})` : null,
        };
      }),
    })),
    figure,
    note: [
      `top-1/top-5 ${figure} in %`,
      ...(intervals ? ['95 % interval of top-1 in brackets'] : []),
      ...(rank === 'any'
        ? ["sorted by each network's best figure, whichever protocol it is of: these are not comparable"]
        : rank === undefined
          ? []
          : [`sorted by ${rank}`]),
    ].join('; '),
  };
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
