/** A job is registered by its folder's name: what the folder must hold, and what the process makes of it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { asJavaScript } from '../../../build/package/appSources.ts';
import type { RunJob } from '../../../core/worker/jobContext.ts';
import { Job, type JobDefinition } from '../../../core/worker/jobMessages.ts';

const JOBS = fileURLToPath(new URL('../../../core/worker/jobs', import.meta.url));

test.each(readdirSync(JOBS))('%s is a job under its own name, with messages and work', async (kind) => {
  const messages = (await import(join(JOBS, kind, 'messages.ts'))) as Record<string, JobDefinition | undefined>;
  const work = (await import(join(JOBS, kind, 'job.ts'))) as { readonly run: RunJob };
  const definition = messages[`${kind}Job`];
  expect(definition?.kind).toBe(kind);
  expect(Job.parse(definition?.of({}))).toEqual({ kind, request: {} });
  // What does not fit the messages is refused before any work.
  await expect(
    (async () => work.run(null, { send: () => undefined, signal: AbortSignal.abort(), startedAt: 0 }))(),
  ).rejects.toMatchObject({ name: 'ZodError' });
});

test.each(['../train', 'train/../../main', ''])('"%s" is the name of no job', (kind) => {
  expect(Job.safeParse({ kind, request: {} }).success).toBe(false);
});

test('the packaged application finds a job by its folder as well', () => {
  // Written so that no template stands in a plain string.
  const source = (ending: string): string => `await import(\`./jobs/$` + `{kind}/job.${ending}\`);`;
  expect(asJavaScript(source('ts'))).toBe(source('js'));
});
