/** Handlers of the catalogue: the host fetches, after the licence was accepted, never the page. */
import { type CatalogueRow, fetchJob, trialJob } from '../../../contract/api/catalogue.ts';
import type { CatalogueEntry, CatalogueWeights } from '../../../contract/catalogue.ts';
import { StudioError } from '../../../contract/errors.ts';
import { computeTurn } from '../host/computeTurn.ts';
import type { StudioContext } from '../context.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { trialDataset, trialOf } from '../catalogue/trial.ts';
import { api } from './implementer.ts';

function requireEntry({ studio }: StudioHost, name: string): CatalogueEntry {
  const entry = studio.catalogue.list().find((candidate) => candidate.name === name);
  if (entry) return entry;
  throw new StudioError('input.invalid', `The catalogue has no entry called "${name}".`, {
    remedy: 'Reload the page: the catalogue may be another one now.',
  });
}

async function trialOn(context: StudioContext, entry: CatalogueEntry): Promise<CatalogueRow['trialOn']> {
  if (entry.kind === 'dataset') return null;
  const dataset = await trialDataset(context, entry);
  return dataset && { name: dataset.name, images: dataset.splits[entry.published[0]!.split]?.count ?? 0 };
}

async function listRows({ studio }: StudioHost): Promise<CatalogueRow[]> {
  const weights = new Map((await studio.weights.list()).map(({ name, id }) => [name, id]));
  const { datasets } = await studio.context.datasets.list();
  const sets = new Map(datasets.map(({ name, id }) => [name, id]));
  return Promise.all(
    studio.catalogue.list().map(async (entry) => {
      const hereId = (entry.kind === 'weights' ? weights : sets).get(entry.name) ?? null;
      const trial =
        entry.kind === 'weights' && hereId !== null ? await trialOf(studio.context, entry, { id: hereId }) : null;
      return { entry, hereId, trial, trialOn: await trialOn(studio.context, entry) };
    }),
  );
}

/** A job that tries weights, which can be cancelled like any other. @returns its id */
async function startTrial(host: StudioHost, entry: CatalogueWeights, weightsId: string): Promise<string> {
  const { device } = await host.settings();
  return host.jobs.start({
    kind: trialJob,
    title: `Try ${entry.title}`,
    subjectId: weightsId,
    turn: await computeTurn(host.studio.context, [device]),
    async run(work) {
      await host.studio.engine.ensure(device, { signal: work.signal });
      const outcome = await host.studio.catalogue.tryOut(entry.name, { id: weightsId, device }, work);
      host.events.publish({ type: 'weights' });
      host.events.publish({ type: 'evaluations' });
      return { weightsId, outcome };
    },
  });
}

export const catalogueRouter = {
  list: api.catalogue.list.handler(({ context: { host } }) => listRows(host)),
  fetch: api.catalogue.fetch.handler(({ input, context: { host } }) => {
    const entry = requireEntry(host, input.name);
    const request = { name: entry.name, acceptedLicence: input.acceptedLicence };
    return {
      jobId: host.jobs.start({
        kind: fetchJob,
        title: `Get ${entry.title}`,
        async run(work) {
          const { catalogue } = host.studio;
          if (entry.kind === 'dataset') {
            const { id } = await catalogue.fetchDataset(request, work);
            await host.tellDataset(id);
            return { weightsId: null, datasetId: id, triedBy: null };
          }
          const { weights } = await catalogue.fetchWeights(request, work);
          host.events.publish({ type: 'weights' });
          const triedBy = input.tryOut ? await startTrial(host, entry, weights.id) : null;
          return { weightsId: weights.id, datasetId: null, triedBy };
        },
      }),
    };
  }),
  tryOut: api.catalogue.tryOut.handler(async ({ input, context: { host } }) => {
    const entry = requireEntry(host, input.name);
    const here = (await host.studio.weights.list()).find(({ name }) => name === entry.name);
    if (entry.kind !== 'weights' || !here)
      throw new StudioError('file.notFound', `The weights ${entry.title} are not here.`, { remedy: 'Get them first.' });
    return { jobId: await startTrial(host, entry, here.id) };
  }),
};
