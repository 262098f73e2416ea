/** Handlers of imported weights. */
import { exportWeightsJob, importWeightsJob, inspectWeightsJob, selfCheckJob } from '../../../contract/api/weights.ts';
import { StudioError } from '../../../contract/errors.ts';
import { computeTurn } from '../host/computeTurn.ts';
import { exportForDownload } from './downloads/exportForDownload.ts';
import { api } from './implementer.ts';

export const weightsRouter = {
  list: api.weights.list.handler(({ context: { host } }) => host.studio.weights.list()),
  show: api.weights.show.handler(({ input, context: { host } }) => host.studio.weights.show(input.weights)),
  inspect: api.weights.inspect.handler(
    async ({ input: { file, entry, renames, insist, network }, context: { host } }) => {
      const path = await host.roots.resolve(file);
      return {
        jobId: host.jobs.start({
          kind: inspectWeightsJob,
          title: `Look into ${file.path.split('/').at(-1)}`,
          run: async (work) => ({
            inspection: await host.studio.weights.inspect(
              {
                path,
                ...(entry !== undefined && { entry }),
                ...(renames && { renames }),
                ...(insist && { insist }),
                ...(network && { network: plain(network) }),
              },
              work,
            ),
          }),
        }),
      };
    },
  ),
  import: api.weights.import.handler(
    async ({ input: { file, entry, renames, insist, name, network, input, labels }, context: { host } }) => {
      const path = await host.roots.resolve(file);
      return {
        jobId: host.jobs.start({
          kind: importWeightsJob,
          title: `Import ${file.path.split('/').at(-1)}`,
          async run(work) {
            const card = await host.studio.weights.import(
              {
                path,
                network: plain(network),
                ...(entry !== undefined && { entry }),
                ...(renames && { renames }),
                ...(insist && { insist }),
                ...(name !== undefined && { name }),
                ...(input && { input }),
                ...(labels && { labels }),
              },
              work,
            );
            host.events.publish({ type: 'weights' });
            return { weightsId: card.id };
          },
        }),
      };
    },
  ),
  check: api.weights.check.handler(async ({ input, context: { host } }) => {
    const card = (await host.studio.weights.list()).find(({ id }) => id === input.weights);
    if (!card) throw new StudioError('file.notFound', 'These weights are gone.', { remedy: 'Import them again.' });
    const { protocol, device: asked, ...rest } = input;
    const device = asked ?? (await host.settings()).device;
    return {
      jobId: host.jobs.start({
        kind: selfCheckJob,
        title: `Check how "${card.name}" wants its images`,
        subjectId: card.id,
        turn: await computeTurn(host.studio.context, [device]),
        async run(work) {
          await host.studio.engine.ensure(device, { signal: work.signal });
          const { weights, ...check } = await host.studio.weights.check(
            { ...rest, device, ...(protocol !== undefined && { protocol }) },
            work,
          );
          return { weightsId: weights.id, check };
        },
      }),
    };
  }),
  export: api.weights.export.handler(async ({ input: { source, format, name }, context: { host } }) => {
    const { studio, version } = host;
    return {
      jobId: host.jobs.start({
        kind: exportWeightsJob,
        title: `Export ${name} as ${format}`,
        subjectId: source.id,
        run: async (work) => ({
          file: await exportForDownload(studio.paths, { format, name }, (output) =>
            studio.weights.export(
              {
                weights: source.id,
                format,
                output,
                exportedBy: `Quorum ${version}`,
                ...(source.kind === 'run' && { checkpoint: source.checkpoint }),
              },
              work,
            ),
          ),
        }),
      }),
    };
  }),
  setCard: api.weights.setCard.handler(async ({ input: { weights, input, labels }, context: { host } }) => {
    const card = await host.studio.weights.setCard(weights, {
      ...(input !== undefined && { input }),
      ...(labels !== undefined && { labels }),
    });
    host.events.publish({ type: 'weights' });
    return card;
  }),
  remove: api.weights.remove.handler(async ({ input, context: { host } }) => {
    const { id, name } = await host.studio.weights.setAside(input.weights);
    host.events.publish({ type: 'weights' });
    return { id, name };
  }),
  restore: api.weights.restore.handler(async ({ input, context: { host } }) => {
    const { id, name } = await host.studio.weights.restore(input.weights);
    host.events.publish({ type: 'weights' });
    return { id, name };
  }),
};

/** Without the keys that are there and undefined. */
function plain<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
