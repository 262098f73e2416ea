/**
 * Runs that ended while the database could not hear of it, as where it was deleted while a host had it open: another
 * program took them for interrupted, and their diaries say how they ended.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIVE_STATES, ENDED_STATES } from '../../../contract/run.ts';
import { RunSpec } from '../../../contract/runSpec.ts';
import type { LeaseRepository } from '../../db/leaseRepository.ts';
import type { RunRepository } from '../../db/runs/runRepository.ts';
import type { StudioPaths } from './paths.ts';
import { lastNotedState, replayJournal, type RunRecords } from './runJournal.ts';

/** @param records as the database has them: what is read from a diary is not noted there again */
export async function followJournals(
  records: RunRecords & { readonly leases: LeaseRepository },
  paths: StudioPaths,
): Promise<void> {
  const held = await records.leases.heldRuns();
  for (const id of await records.runs.idsInState(['interrupted', ...ACTIVE_STATES])) {
    const noted = held.has(id) ? null : lastNotedState(paths.runDir(id));
    if (noted !== null && noted !== 'interrupted' && ENDED_STATES.includes(noted)) await catchUp(records, paths, id);
  }
}

/** What is recorded twice is recorded once. Times alone add up: the database lacks that of the end. */
async function catchUp({ runs, runRows }: RunRecords, paths: StudioPaths, id: string): Promise<void> {
  const folder = paths.runDir(id);
  const specFile = join(folder, 'spec.json');
  if (!existsSync(specFile)) return;
  const spec = RunSpec.parse(JSON.parse(readFileSync(specFile, 'utf8')));
  let lastMs = 0;
  const again: RunRepository = {
    ...runs,
    create: async () => undefined,
    async update(one, { addDurationMs = 0, ...change }) {
      lastMs = addDurationMs;
      await runs.update(one, change);
    },
  };
  await replayJournal(folder, id, spec, statSync(specFile).mtime.toISOString(), { runs: again, runRows });
  await runs.update(id, { addDurationMs: lastMs });
}
