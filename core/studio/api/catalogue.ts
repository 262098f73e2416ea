/** Handlers of the catalogue: the host fetches, after the licence was accepted, never the page. */
import { type CatalogueRow, fetchJob } from '../../../contract/api/catalogue.ts';
import type { CatalogueEntry, CatalogueWeights } from '../../../contract/catalogue.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { findMembers } from '../results/members.ts';
import { trialDataset, trialOf } from '../catalogue/trial.ts';
import { api } from './implementer.ts';
import { startPredictions } from './evaluations.ts';

function requireEntry({ studio }: StudioHost, name: string): CatalogueEntry {
  const entry = studio.catalogue.list().find((candidate) => candidate.name === name);
  if (entry) return entry;
  throw new StudioError('input.invalid', `The catalogue has no entry called "${name}".`, {
    remedy: 'Reload the page: the catalogue may be another one now.',
  });
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
      return { entry, hereId, trial };
    }),
  );
}

/** Lets weights predict a data set with the published classes; null where none is at hand. @returns the job's id */
async function startTrial(host: StudioHost, entry: CatalogueWeights, weightsId: string): Promise<string | null> {
  const { context } = host.studio;
  const dataset = await trialDataset(context, entry);
  if (!dataset) return null;
  const members = await findMembers(context, [{ kind: 'weights', text: weightsId }]);
  const images = { kind: 'split', split: entry.published[0]!.split, dataset: dataset.id } as const;
  return startPredictions(host, members, { images });
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
          return { weightsId: weights.id, datasetId: null, triedBy: await startTrial(host, entry, weights.id) };
        },
      }),
    };
  }),
};
