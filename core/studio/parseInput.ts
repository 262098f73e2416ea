import type { z } from 'zod';
import { StudioError } from '../../contract/errors.ts';
import { issueWords } from '../../pure/issueWords.ts';

/**
 * What a caller passed, checked.
 * @param what what it is, in the plural: "The import's options"
 * @throws {StudioError} input.invalid: it lists every field that is wrong
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = result.error.issues.map(issueWords);
  throw new StudioError('input.invalid', `${what} are not valid: ${faults.join('; ')}.`);
}
