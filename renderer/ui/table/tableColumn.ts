/** A column of a table: what it sorts by, and what it shows. */
export interface TableColumn<R> {
  readonly key: string;
  readonly title: string;
  readonly width: number;
  readonly numeric?: boolean;
  readonly hint?: string;
  value(row: R): string | number | boolean | null | undefined;
  text?(row: R): string;
}
