/** What went wrong as a screen says it, whatever threw it. */
import { ORPCError } from '@orpc/client';
import type { ErrorReport } from '../../contract/errors.ts';
import { issueWords } from '../../pure/issueWords.ts';

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string | undefined;
  readonly details?: ErrorReport['details'];
}

export function problemFrom(error: unknown): Problem {
  if (error instanceof ORPCError) {
    const data: unknown = Reflect.get(error, 'data');
    if (error.code === 'STUDIO' && isReport(data)) return data;
    if (error.code === 'BAD_REQUEST')
      return { code: 'input.invalid', message: 'The host did not accept these values.', remedy: inputIssues(data) };
    return { code: String(error.code), message: 'Quorum made a mistake while doing this.', remedy: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (/not open|closed|aborted/i.test(message))
    return {
      code: 'bridge.lost',
      message: 'The connection to the host was lost before it answered.',
      remedy: 'It is being restored; try again then.',
    };
  return { code: 'unexpected', message: 'Quorum made a mistake while doing this.', remedy: message };
}

/** Which settings the host refused: field path and what is wrong with it. */
export function badFields(problem: Problem | null): { field: string; problem: string }[] {
  const fields = problem?.details?.['fields'];
  if (!Array.isArray(fields)) return [];
  return fields.flatMap((item) =>
    typeof item === 'object' &&
    item !== null &&
    !Array.isArray(item) &&
    typeof item['field'] === 'string' &&
    typeof item['problem'] === 'string'
      ? [{ field: item['field'], problem: item['problem'] }]
      : [],
  );
}

function isReport(data: unknown): data is ErrorReport {
  return (
    typeof data === 'object' && data !== null && 'code' in data && 'message' in data && typeof data.message === 'string'
  );
}

function inputIssues(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('issues' in data) || !Array.isArray(data.issues)) return undefined;
  const issues: unknown[] = data.issues;
  return issues.map(issueWords).filter(Boolean).join('; ');
}
