/** Reading and writing of the columns that hold JSON. */
import type { z } from 'zod';

/** Parses and checks; throws an Error that names the column, so that one damaged row can be shown as such. */
export function readJson<T extends z.ZodType>(schema: T, text: string, column: string): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${column} is not JSON`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new Error(
      `${column} does not fit: ${parsed.error.issues
        .slice(0, 3)
        .map((issue) => `${issue.path.join('.')} ${issue.message}`)
        .join('; ')}`,
    );
  return parsed.data;
}

export function readNullableJson<T extends z.ZodType>(
  schema: T,
  text: string | null,
  column: string,
): z.output<T> | null {
  return text === null ? null : readJson(schema, text, column);
}
