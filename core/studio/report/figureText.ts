/** How the figures of a report are written. */
import type { ReportFormat, ReportValue } from '../../../contract/results/report.ts';
import { pValueText } from '../../../pure/statistics/pValueText.ts';

export function figureText(value: ReportValue, format: ReportFormat): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  switch (format) {
    case 'percent':
      return `${(100 * value).toFixed(2)} %`;
    case 'points':
      return `${value > 0 ? '+' : ''}${(100 * value).toFixed(2)} points`;
    case 'count':
      return value.toLocaleString('en');
    case 'loss':
      return value.toFixed(4);
    case 'pValue':
      return pValueText(value);
    case 'small':
      return String(Number(value.toPrecision(4)));
    case 'text':
    case 'drawing':
      return String(value);
  }
}
