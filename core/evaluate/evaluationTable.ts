/** Results as published tables show them: a row a network, a column a protocol, errors in per cent; published figures beside ours, never mixed with them. */
import type { ResolvedProtocol } from '../../contract/protocol.ts';
import type { PublishedResult } from '../models/family.ts';
import { textCell } from './csv.ts';
import { publishedWording } from './protocols/namedProtocols.ts';

export interface MeasuredFigure {
  readonly network: string;
  readonly published: readonly PublishedResult[];
  readonly protocol: ResolvedProtocol;
  /** Shares from 0 to 1. */
  readonly top1: number | null;
  readonly top5: number | null;
}

export type TableFormat = 'md' | 'latex' | 'csv';

export interface EvaluationTable {
  readonly columns: readonly { readonly protocol: string; readonly title: string }[];
  readonly rows: readonly { readonly network: string; readonly cells: readonly { readonly measured: string | null; readonly published: string | null }[] }[];
}

/** "top-1/top-5" errors in per cent. */
function errors(top1: number | null | undefined, top5: number | null | undefined): string | null {
  if (top1 === null || top1 === undefined) return null;
  return [top1, ...(top5 === null || top5 === undefined ? [] : [top5])].map((value) => value.toFixed(2)).join('/');
}

/**
 * All figures must be of one split of one data set. The first figure of a network under a protocol counts (give them newest first). A column is a protocol, so that no
 * two protocols are ever compared down a column; what a network was fed (mean, colours) is its own and belongs to its row.
 */
export function evaluationTable(figures: readonly MeasuredFigure[]): EvaluationTable {
  const protocols = new Map(figures.map(({ protocol }) => [protocol.name, protocol]));
  const columns = [...protocols.values()].sort((a, b) => a.crop - b.crop || a.name.localeCompare(b.name));
  const networks = [...new Set(figures.map(({ network }) => network))].sort((a, b) => a.localeCompare(b));
  return {
    columns: columns.map(({ name, title }) => ({ protocol: name, title })),
    rows: networks.map((network) => ({
      network,
      cells: columns.map((protocol) => {
        const own = figures.find((figure) => figure.network === network && figure.protocol.name === protocol.name), wording = publishedWording(protocol);
        const published = figures.find((figure) => figure.network === network)?.published.find((result) => result.protocol === wording);
        return {
          measured: own ? errors(own.top1 === null ? null : 100 * (1 - own.top1), own.top5 === null ? null : 100 * (1 - own.top5)) : null,
          published: published ? `${errors(published.top1ErrorPct, published.top5ErrorPct)} (${published.dataset})` : null,
        };
      }),
    })),
  };
}

/** The table with `caption` (data set, split, number of pictures) as text to paste. */
export function formatEvaluationTable({ columns, rows }: EvaluationTable, caption: string, format: TableFormat): string {
  const anyPublished = columns.map((_, i) => rows.some(({ cells }) => cells[i]?.published));
  const header = ['network', ...columns.flatMap(({ protocol }, i) => [`${protocol}, error %`, ...(anyPublished[i] ? [`${protocol}, published`] : [])])];
  const body = rows.map(({ network, cells }) => [network, ...cells.flatMap(({ measured, published }, i) => [measured ?? '–', ...(anyPublished[i] ? [published ?? '–'] : [])])]);
  if (format === 'csv') return [header, ...body].map((row) => row.map(textCell).join(',')).join('\n');
  const legend = columns.map(({ protocol, title }) => `${protocol}: ${title}.`);
  if (format === 'md') {
    const line = (row: readonly string[]): string => `| ${row.map((cell) => cell.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ')).join(' | ')} |`;
    return [`${caption}; top-1/top-5 error in %.`, '', line(header), line(header.map((_, i) => (i === 0 ? '---' : '---:'))), ...body.map(line), '', ...legend.map((text) => `- ${text}`)].join('\n');
  }
  const row = (cells: readonly string[]): string => `${cells.map(latexText).join(' & ')} \\\\`;
  return [
    `% ${caption.replace(/\s+/g, ' ')}; top-1/top-5 error in %.`, ...legend.map((text) => `% ${text}`),
    `\\begin{tabular}{l${'r'.repeat(header.length - 1)}}`, '\\hline', row(header), '\\hline', ...body.map(row), '\\hline', '\\end{tabular}',
  ].join('\n');
}

const LATEX: Readonly<Record<string, string>> = { '\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}', '–': '--', '×': '$\\times$' };

function latexText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\~^–×&%$#_{}]/g, (character) => LATEX[character] ?? `\\${character}`);
}
