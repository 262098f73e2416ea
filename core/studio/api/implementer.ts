/**
 * The contract's implementer: every handler finds the host in its context, and every cause the user can act on crosses
 * as plain data.
 */
import { implement, ORPCError, ValidationError } from '@orpc/server';
import { z } from 'zod';
import { studioContract } from '../../../contract/api/contract.ts';
import { StudioError } from '../../../contract/errors.ts';
import { asStorageError } from '../records/storageErrors.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { issueProblem, issueWords } from '../../../pure/issueWords.ts';

export interface ApiContext {
  readonly host: StudioHost;
}

/** Where a call wraps the settings, the form's own field names are what is left. */
const WRAPPERS = /^(request|base)\./;

export const api = implement(studioContract)
  .$context<ApiContext>()
  .use(async ({ next }) => {
    try {
      return await next();
    } catch (error) {
      throw asCallError(error);
    }
  });

function asCallError(thrown: unknown): unknown {
  const error = asStorageError(thrown);
  if (error instanceof StudioError)
    return new ORPCError('STUDIO', { status: 422, message: error.message, data: error.toReport() });
  const issues =
    error instanceof z.ZodError
      ? error.issues
      : error instanceof ORPCError && error.code === 'BAD_REQUEST' && error.cause instanceof ValidationError
        ? error.cause.issues
        : null;
  if (!issues) return error;
  const named = issues.map((issue) => ({ ...issue, path: placeOf(issue).split('.') }));
  const fields = named.map((issue) => ({ field: issue.path.join('.'), problem: issueProblem(issue) }));
  const message = `Not valid: ${named.map(issueWords).join('; ')}.`;
  return new ORPCError('STUDIO', {
    status: 422,
    message,
    data: { code: 'input.invalid', message, remedy: 'Correct these fields.', details: { fields } },
  });
}

/** Where the value stands that was refused, without what only wraps it. */
function placeOf({ path = [] }: { readonly path?: readonly unknown[] | undefined }): string {
  const parts = path.map((part) =>
    String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part),
  );
  return parts.join('.').replace(WRAPPERS, '') || 'input';
}
