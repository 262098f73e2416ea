/** The table as text for a paper, a page or a sheet. Full precision in CSV; what is on the screen elsewhere. */
import { tableCell } from './csv.ts';

export type TableFormat = 'markdown' | 'latex' | 'csv';
export interface TextTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly numeric: readonly boolean[];
  readonly caption: string;
}

export function tableText({ header, rows, numeric, caption }: TextTable, format: TableFormat): string {
  switch (format) {
    case 'markdown': {
      const line = (cells: readonly string[]): string =>
        `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
      return [
        line(header),
        `|${numeric.map((right) => (right ? ' ---: ' : ' --- ')).join('|')}|`,
        ...rows.map(line),
        '',
        caption,
      ].join('\n');
    }
    case 'latex': {
      const line = (cells: readonly string[]): string => `${cells.map(escapeLatex).join(' & ')} \\\\`;
      return [
        '\\begin{table}',
        '\\centering',
        `\\caption{${escapeLatex(caption)}}`,
        `\\begin{tabular}{${numeric.map((right) => (right ? 'r' : 'l')).join('')}}`,
        '\\hline',
        line(header),
        '\\hline',
        ...rows.map(line),
        '\\hline',
        '\\end{tabular}',
        '\\end{table}',
      ].join('\n');
    }
    case 'csv':
      return [header, ...rows].map((cells) => cells.map(tableCell).join(',')).join('\r\n');
  }
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '×': '$\\times$',
};
function escapeLatex(text: string): string {
  return text.replaceAll(/[\\~^×]|[&%$#_{}]/g, (sign) => LATEX[sign] ?? `\\${sign}`);
}
