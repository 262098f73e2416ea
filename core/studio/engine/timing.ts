/** How long a network takes for one batch on this machine, forward and backward apart; each measurement is kept. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { makeFolder } from '../../files/makeFolder.ts';
import { TimeQuestion, TimeRow } from '../../../contract/api/timing.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { getModel } from '../../models/registry.ts';
import { timeJob } from '../../worker/jobs/time/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { parseInput } from '../parseInput.ts';
import { findByText, newId } from '../records/ids.ts';
import { runJob } from '../jobs/runJob.ts';

export interface TimingHandlers {
  /** @throws {StudioError} `input.invalid`, `model.…`, `engine.…`, `run.outOfMemory` */
  run(request: z.input<typeof TimeQuestion>, work?: WorkOptions): Promise<TimeRow>;
  /** Newest first. */
  list(): Promise<TimeRow[]>;
  /** @throws {StudioError} `file.notFound` */
  remove(id: string): Promise<TimeRow>;
}

export function createTimingHandlers(context: StudioContext): TimingHandlers {
  const { timings } = context.paths;
  const fileOf = (id: string): string => join(timings, `${id}.json`);
  const list = async (): Promise<TimeRow[]> => {
    const names = existsSync(timings) ? (await readdir(timings)).filter((name) => name.endsWith('.json')) : [];
    const rows = await Promise.all(
      names.map(async (name) => TimeRow.safeParse(parseJson(await readFile(join(timings, name), 'utf8')))),
    );
    return rows
      .flatMap(({ data }) => data ?? [])
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id));
  };
  return {
    list,
    async run(request, work) {
      const { model: name, options, size, threads, ...rest } = parseInput(TimeQuestion, request, 'The options');
      const model = getModel(name);
      const result = await runJob(
        context,
        timeJob,
        { model: { name: model.name, options }, size: size ?? model.nativeSize, ...rest },
        { ...work, device: rest.device, ...(threads !== undefined && { threads }) },
      );
      const id = await newId('t', async (candidate) => existsSync(fileOf(candidate)));
      const row: TimeRow = { ...result, id, createdAt: new Date().toISOString() };
      await makeFolder(timings);
      await writeDurableFile(fileOf(id), `${JSON.stringify(row)}\n`);
      return row;
    },
    async remove(text) {
      const row = findByText(
        (await list()).map((each) => ({ ...each, name: each.id })),
        text,
        'file.notFound',
        'measurement',
      );
      await rm(fileOf(row.id), { force: true });
      return TimeRow.parse(row);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
