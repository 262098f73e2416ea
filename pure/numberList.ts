/** A numeric field that also takes a list: `64`, `1e-3, 1e-4`, and for whole numbers `1-5`. */

export interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
  readonly above?: boolean;
  readonly below?: boolean;
}
export type ParsedList =
  { readonly values: number[]; readonly error: null } | { readonly values: null; readonly error: string };

const MOST_VALUES = 64;
const RANGE = /^(\d+)\s*[-–]\s*(\d+)$/;

/** @param optional an empty field means no value */
export function parseNumberList(text: string, rule: NumberRule, optional = false): ParsedList {
  const parts = text
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter(Boolean);
  if (parts.length === 0) return optional ? { values: [], error: null } : { values: null, error: 'needs a number' };
  const values: number[] = [];
  for (const part of parts) {
    const range = rule.whole ? RANGE.exec(part) : null;
    if (range) {
      const [from, to] = [Number(range[1]), Number(range[2])];
      if (to < from || to - from >= MOST_VALUES)
        return { values: null, error: `“${part}” is no range of at most ${MOST_VALUES} numbers` };
      for (let value = from; value <= to; value++) values.push(value);
      continue;
    }
    const value = Number(part);
    if (!Number.isFinite(value)) return { values: null, error: `“${part}” is no number` };
    values.push(value);
  }
  if (values.length > MOST_VALUES) return { values: null, error: `at most ${MOST_VALUES} values` };
  const unfit = values.find((value) => !fits(value, rule));
  if (unfit !== undefined) return { values: null, error: `${unfit} is not ${wanted(rule)}` };
  return { values: [...new Set(values)], error: null };
}

function fits(value: number, { min, max, whole = false, above = false, below = false }: NumberRule): boolean {
  return (
    (above ? value > min : value >= min) && (below ? value < max : value <= max) && (!whole || Number.isInteger(value))
  );
}

function wanted({ min, max, whole = false, above = false, below = false }: NumberRule): string {
  const kind = whole ? 'a whole number' : 'a number';
  if (max >= 1e9) return `${kind} ${above ? 'above' : 'of at least'} ${min}`;
  return `${kind} ${above ? 'above' : 'from'} ${min} ${below ? 'to below' : 'to'} ${max}`;
}
