/** Runs as folders that TensorBoard reads. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../files/makeFolder.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { MetricPoint } from '../../../contract/metrics.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { type ScalarEvent, tensorboardEvents } from '../../formats/tensorboardEvents.ts';

export interface TensorboardRun {
  readonly id: string;
  readonly name: string;
  readonly startedAt: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly metrics: readonly MetricPoint[];
}

export interface WrittenEvents {
  readonly run: string;
  readonly path: string;
  readonly scalars: number;
}

/**
 * Writes one folder per run into `folder`, each with one event file. Points carry no time of their own, so each is
 * given the run's time in proportion to its step.
 * @throws {StudioError} file.exists: a folder of that name is there, and not `overwrite`; file.noPermission,
 *   file.diskFull
 */
export async function exportTensorboard(
  runs: readonly TensorboardRun[],
  folder: string,
  overwrite = false,
): Promise<WrittenEvents[]> {
  const written: WrittenEvents[] = [];
  for (const run of runs) {
    const directory = join(resolve(folder), folderName(run, runs));
    const path = join(directory, `events.out.tfevents.${Math.floor(startSeconds(run))}.quorum.${run.id}`);
    if (!overwrite && existsSync(directory))
      throw new StudioError('file.exists', `${directory} is there already.`, {
        remedy: 'Choose another folder, or add --overwrite.',
      });
    await makeFolder(directory);
    await writeDurableFile(path, tensorboardEvents(scalarsOf(run)), { overwrite: true });
    written.push({ run: run.name, path, scalars: run.metrics.length });
  }
  return written;
}

const startSeconds = ({ startedAt, createdAt }: TensorboardRun): number => Date.parse(startedAt ?? createdAt) / 1000;

function scalarsOf(run: TensorboardRun): ScalarEvent[] {
  const start = startSeconds(run);
  const seconds = run.endedAt === null ? 0 : Math.max(0, Date.parse(run.endedAt) / 1000 - start);
  const lastStep = run.metrics.reduce((last, { step }) => Math.max(last, step), 1);
  return run.metrics
    .toSorted((a, b) => a.step - b.step)
    .map(({ name, step, value, kind }) => ({
      tag: name,
      step,
      wallTime: start + (seconds * step) / lastStep,
      value: value ?? (kind === 'inf' ? Infinity : kind === '-inf' ? -Infinity : NaN),
    }));
}

/** The run's name where a folder can have it, with its id where another run has the same. */
function folderName({ id, name }: TensorboardRun, runs: readonly TensorboardRun[]): string {
  const plain = name
    .replace(/[^\p{L}\p{N}._ -]+/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, 100)
    .trim();
  const unique = runs.filter((other) => other.name === name).length === 1;
  return unique && plain !== '' ? plain : `${plain} ${id}`.trim();
}
