/** A numeric field that also takes a list: `64`, `1e-3, 1e-4`, and for whole numbers `1-5`. */
import { NO_LIMIT, type NumberRange } from '../contract/setting.ts';

export type ParsedList =
  { readonly values: number[]; readonly error: null } | { readonly values: null; readonly error: string };

const MOST_VALUES = 64;
/** "0,001": a list of 0 and 1 is hardly ever written so. */
const DECIMAL_COMMA = /^0,\d+$/;
const RANGE = /^(\d+)\s*[-–]\s*(\d+)$/;

/** Different values, at most 64. @param optional an empty field means no value */
export function parseNumberList(text: string, range: NumberRange, optional = false): ParsedList {
  const parsed = parseNumbers(text, range, optional);
  if (parsed.error !== null) return parsed;
  if (parsed.values.length > MOST_VALUES) return refused(`Enter at most ${MOST_VALUES} values`);
  return { values: [...new Set(parsed.values)], error: null };
}

/** Every value in its place, equal ones too. */
export function parseNumbers(text: string, range: NumberRange, optional = false): ParsedList {
  if (DECIMAL_COMMA.test(text.trim())) return refused(`Use a decimal point: ${text.trim().replace(',', '.')}`);
  const parts = text
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter(Boolean);
  if (parts.length === 0) return optional ? { values: [], error: null } : refused('Enter a number');
  const values: number[] = [];
  for (const part of parts) {
    const [, from, to] = (range.whole && RANGE.exec(part)) || [];
    const several = from === undefined ? [Number(part)] : wholeNumbers(Number(from), Number(to));
    if (several === null) return refused(`“${part}” is not a range of at most ${MOST_VALUES} numbers`);
    values.push(...several);
  }
  if (!values.every(Number.isFinite)) return refused('Enter a number');
  return values.every((value) => fits(value, range)) ? { values, error: null } : refused(`Enter ${wanted(range)}`);
}

function refused(error: string): ParsedList {
  return { values: null, error };
}

/** From `first` to `last`; null where these are no range, or a longer one than a list may be. */
function wholeNumbers(first: number, last: number): number[] | null {
  if (last < first || last - first >= MOST_VALUES) return null;
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function fits(value: number, { min, max, whole = false, above = false, below = false }: NumberRange): boolean {
  if (whole && !Number.isInteger(value)) return false;
  return (above ? value > min : value >= min) && (below ? value < max : value <= max);
}

function wanted({ min, max, whole = false, above = false, below = false }: NumberRange): string {
  const kind = whole ? 'a whole number' : 'a number';
  if (min < -NO_LIMIT) return kind;
  if (max >= NO_LIMIT) return `${kind} ${above ? 'above' : 'of at least'} ${min}`;
  return `${kind} ${above ? 'above' : 'from'} ${min} ${below ? 'to below' : 'to'} ${max}`;
}
