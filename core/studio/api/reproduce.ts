/** Handlers of published tables. */
import { setTimeout as sleep } from 'node:timers/promises';
import { reproduceJob, type ReproductionRowOfList } from '../../../contract/api/reproduce.ts';
import { ACTIVE_STATES, WAITING_STATES } from '../../../contract/run.ts';
import { RunRequest } from '../../../contract/runSpec.ts';
import type { StudioHost } from '../host/studioHost.ts';
import type { MissingWorkOptions } from '../reproduce/missingWork.ts';
import type { ProjectFile } from '../reproduce/readProjects.ts';
import { api } from './implementer.ts';
import { createQueued } from './runs/runs.ts';

const LOOK_MS = 1000;
/** A run that a lane has just claimed has left the queue and does not train yet: its state is still `queued`. */
const OPEN_STATES = [...WAITING_STATES, ...ACTIVE_STATES];

const rowOf = ({ project, shipped }: ProjectFile): ReproductionRowOfList => ({
  id: project.id,
  name: project.title,
  data: project.dataset.title,
  rows: project.rows.length,
  columns: project.columns.length,
  shipped,
});

function optionsOf({ dataset, seeds }: { dataset?: string | undefined; seeds: readonly number[] }): MissingWorkOptions {
  return { seeds, ...(dataset !== undefined && { dataset }) };
}

/** Resolves once none of these runs waits or trains. */
async function runsEnded({ studio }: StudioHost, ids: readonly string[], signal: AbortSignal): Promise<void> {
  const open = async (): Promise<boolean> =>
    (await studio.context.runRows.pending(OPEN_STATES)).some(({ id }) => ids.includes(id));
  while (await open()) await sleep(LOOK_MS, undefined, { signal });
}

async function fill(
  host: StudioHost,
  project: string,
  options: MissingWorkOptions,
): Promise<{ jobId: string; runIds: string[] }> {
  const { reproduce } = host.studio;
  const { runs, resume } = await reproduce.missing(project, options);
  const created = runs.length === 0 ? [] : (await createQueued(host, runs, {})).runs.map(({ id }) => id);
  if (resume.length > 0) await host.queue.add([...resume], 'front');
  const runIds = [...resume, ...created];
  const { project: table } = await reproduce.show(project);
  const jobId = host.jobs.start({
    kind: reproduceJob,
    title: `Reproduce ${table.title}`,
    subjectId: project,
    turn: 'reproduce',
    ready: (signal) => runsEnded(host, runIds, signal),
    async run(work) {
      // the runs have ended: what they lack now are their evaluations
      const missing = await reproduce.missing(project, options);
      if (missing.evaluations.length > 0) await host.studio.engine.ensure('auto', { signal: work.signal });
      try {
        return { evaluationIds: await reproduce.evaluate(missing, work) };
      } finally {
        // some are made also where one fails
        host.events.publish({ type: 'evaluations' });
      }
    },
  });
  return { jobId, runIds };
}

export const reproduceRouter = {
  list: api.reproduce.list.handler(({ context: { host } }) => {
    const { projects, damaged } = host.studio.reproduce.list();
    return { projects: projects.map(rowOf), damaged: [...damaged] };
  }),
  show: api.reproduce.show.handler(({ input, context: { host } }) => host.studio.reproduce.show(input.project)),
  missing: api.reproduce.missing.handler(async ({ input, context: { host } }) => {
    const { runs, resume, evaluations, byHand } = await host.studio.reproduce.missing(input.project, optionsOf(input));
    return {
      runs: runs.map((request) => RunRequest.parse(request)),
      resume: [...resume],
      evaluations: evaluations.length,
      byHand: [...byHand],
    };
  }),
  fill: api.reproduce.fill.handler(({ input, context: { host } }) => fill(host, input.project, optionsOf(input))),
  add: api.reproduce.add.handler(async ({ input, context: { host } }) =>
    rowOf(await host.studio.reproduce.add(await host.roots.resolve(input.file))),
  ),
};
