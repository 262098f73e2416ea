/**
 * The order of a table's rows: by a column, numbers within words by their size, empty values at the end whichever way
 * round.
 */
import type { TableColumn } from './tableColumn.ts';

export interface SortOrder {
  readonly key: string;
  readonly descending: boolean;
}

/** A new list; rows as they come where there is no such column. */
export function sortRows<R>(
  rows: readonly R[],
  columns: readonly TableColumn<R>[],
  { key, descending }: SortOrder,
): R[] {
  const column = columns.find((one) => one.key === key);
  if (!column) return [...rows];
  const sign = descending ? -1 : 1;
  const isEmpty = (value: ReturnType<typeof column.value>): boolean =>
    value === null || value === undefined || value === '';
  // each value once, not once a comparison
  const keyed = rows.map((row) => ({ row, value: column.value(row) }));
  keyed.sort(({ value: x }, { value: y }) => {
    if (isEmpty(x) || isEmpty(y)) return Number(isEmpty(x)) - Number(isEmpty(y));
    return (
      sign *
      (typeof x === 'string' || typeof y === 'string' ? COLLATOR.compare(String(x), String(y)) : Number(x) - Number(y))
    );
  });
  return keyed.map(({ row }) => row);
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });
