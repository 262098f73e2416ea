/** Handlers of runs that travel. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveRunsJob, type ArrivedRun, importRunsJob } from '../../../../contract/api/runs/travel.ts';
import { plural } from '../../../../pure/plural.ts';
import { computeTurn } from '../../host/computeTurn.ts';
import { exportUrl } from '../../host/mediaPath.ts';
import type { StudioHost } from '../../host/studioHost.ts';
import { checkInWords, isEqual } from '../../travel/checkArrival.ts';
import { replayInWords } from '../../travel/replayArrival.ts';
import type { CheckedArrival } from '../../travel/travel.ts';
import { api } from '../implementer.ts';

const MAX_NAME = 60;

export const travelRouter = {
  export: api.travel.export.handler(({ input: { runs, packing, checkpoints }, context: { host } }) => {
    const { studio } = host;
    const [only = ''] = runs;
    return {
      jobId: host.jobs.start({
        kind: archiveRunsJob,
        title: `Archive ${plural(runs.length, 'run')}`,
        ...(runs.length === 1 && { subjectId: only }),
        async run(work) {
          const id = randomUUID();
          const folder = studio.paths.exportDir(id);
          const fileName = `${await nameOf(host, runs)}.${packing}`;
          try {
            const choice = { output: join(folder, fileName), overwrite: false, checkpoints };
            const { path, sizeBytes, runs: packed } = await studio.travel.export(runs, choice, work);
            return { archive: { url: exportUrl(id, fileName), fileName, path, sizeBytes, runs: packed.length } };
          } catch (error) {
            await rm(folder, { recursive: true, force: true });
            throw error;
          }
        },
      }),
    };
  }),
  import: api.travel.import.handler(async ({ input: { file, check }, context: { host } }) => {
    const path = await host.roots.resolve(file);
    const { device } = await host.settings();
    return {
      jobId: host.jobs.start({
        kind: importRunsJob,
        title: `Import runs from ${file.path.split('/').at(-1)}`,
        ...(check && { turn: await computeTurn(host.studio.context, [device]) }),
        async run(work) {
          const arrivals = await host.studio.travel.import(path, { check }, work);
          for (const { run } of arrivals) await host.news.tell(run.id);
          host.events.publish({ type: 'evaluations' });
          host.events.publish({ type: 'ensembles' });
          return { runs: arrivals.map(asArrivedRun) };
        },
      }),
    };
  }),
};

/** A name that every system takes: of the one run, else how many there are. */
async function nameOf({ studio }: StudioHost, runs: readonly string[]): Promise<string> {
  const [only = ''] = runs;
  if (runs.length > 1) return `${runs.length} runs`;
  const { name } = await studio.runs.show(only);
  const plain = name.replace(/[^A-Za-z0-9 _-]/g, '_').replace(/^[^A-Za-z0-9]+/, '');
  return plain.slice(0, MAX_NAME).trim() || 'run';
}

function asArrivedRun({ run, idThere, dataset, ensembles, checks, replay, problem }: CheckedArrival): ArrivedRun {
  const found = [
    ...checks.map((check) => ({ words: checkInWords(check), equal: isEqual(check) })),
    ...(replay ? [{ words: replayInWords(replay), equal: replay.difference === 0 }] : []),
  ];
  return { id: run.id, name: run.name, idThere, dataset, ensembles: [...ensembles], checks: found, problem };
}
