/**
 * What only the database knew, beside what it describes: the record of an evaluation in its folder, of an ensemble and
 * of settings in files of their own, and which runs wait.
 */
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { makeFolderSync } from '../../files/makeFolder.ts';
import { VotingRule } from '../../../contract/voting.ts';
import { writeDurableFileSync } from '../../files/durableFile.ts';
import type { DatasetRepository } from '../../db/datasetRepository.ts';
import type { EnsembleRepository } from '../../db/ensembleRepository.ts';
import type { EvaluationRepository } from '../../db/evaluationRepository.ts';
import type { QueueRepository } from '../../db/queueRepository.ts';
import type { RunRepository } from '../../db/runs/runRepository.ts';
import type { SettingsRepository } from '../../db/settingsRepository.ts';
import type { StudioPaths } from './paths.ts';

/** In the folder of an evaluation. */
export const RECORD_FILE = 'record.json';
/** In the folder of a data set that lies in the trash. */
export const TRASHED_FILE = 'trashed.json';

export const EnsembleRecord = z.object({
  id: z.string(),
  name: z.string(),
  rule: VotingRule,
  members: z.array(z.string()),
  createdAt: z.string(),
});

export const TrashedRecord = z.object({ at: z.string() });

/** Runs that wait, the next one first. */
export const QueueRecord = z.object({ waiting: z.array(z.string()) });

interface Repositories {
  readonly evaluations: EvaluationRepository;
  readonly ensembles: EnsembleRepository;
  readonly datasets: DatasetRepository;
  readonly settings: SettingsRepository;
}

/** The same repositories, with every record written to its folder first. */
export function withFolderRecords(
  { evaluations, ensembles, datasets, settings }: Repositories,
  paths: StudioPaths,
): Repositories {
  return {
    evaluations: {
      ...evaluations,
      async add(evaluation) {
        const { path, ...record } = evaluation;
        writeRecord(join(path, RECORD_FILE), record);
        await evaluations.add(evaluation);
      },
    },
    ensembles: {
      ...ensembles,
      async add(ensemble) {
        writeRecord(paths.ensembleFile(ensemble.id), ensemble);
        await ensembles.add(ensemble);
      },
      async remove(id) {
        rmSync(paths.ensembleFile(id), { force: true });
        await ensembles.remove(id);
      },
    },
    datasets: {
      ...datasets,
      async setTrashed(id, at) {
        const file = join(paths.datasetDir(id), TRASHED_FILE);
        if (at === null) rmSync(file, { force: true });
        else if (existsSync(dirname(file))) writeRecord(file, { at });
        await datasets.setTrashed(id, at);
      },
    },
    settings: {
      ...settings,
      async write(key, value) {
        writeRecord(paths.settingsFile(key), value);
        await settings.write(key, value);
      },
    },
  };
}

/** The same queue; who waits is noted in a file after each change, and in the runs' own diaries. */
export function withQueueRecord(
  queue: QueueRepository,
  runs: Pick<RunRepository, 'update'>,
  paths: StudioPaths,
): QueueRepository {
  const note = async (): Promise<void> => {
    writeRecord(paths.queueFile, { waiting: (await queue.waiting()).map(({ id }) => id) } satisfies z.infer<
      typeof QueueRecord
    >);
  };
  return {
    ...queue,
    async add(ids, where) {
      const waiting = new Set((await queue.waiting()).map(({ id }) => id));
      for (const id of ids) if (!waiting.has(id)) await runs.update(id, { state: 'queued', reason: null, error: null });
      await queue.add(ids, where);
      await note();
    },
    async move(id, before) {
      await queue.move(id, before);
      await note();
    },
    async take(id, state) {
      const taken = await queue.take(id, state);
      if (taken) {
        await runs.update(id, { state });
        await note();
      }
      return taken;
    },
    async claim(id, owner, leases) {
      const claim = await queue.claim(id, owner, leases);
      if (claim === 'claimed') await note();
      return claim;
    },
  };
}

function writeRecord(path: string, record: unknown): void {
  makeFolderSync(dirname(path));
  writeDurableFileSync(path, `${JSON.stringify(record, null, 1)}\n`);
}
