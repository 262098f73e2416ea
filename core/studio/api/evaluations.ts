/** Handlers of evaluations: everything that reads probabilities happens in the reader thread. */
import type { EvaluatedChoice, EvaluationRow } from '../../../contract/api/evaluations.ts';
import type { PredictionFilter } from '../../../contract/api/predictions.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { evaluationPictureUrls } from '../host/mediaPath.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { tablesAsText, type TableChoice } from '../results/tablesByDataset.ts';
import type { EvaluationRequest } from '../results/evaluationRequest.ts';
import { api } from './implementer.ts';

function rowOf({ path: _path, weightsPath: _weightsPath, ...row }: Evaluation): EvaluationRow {
  return row;
}

/** @throws StudioError `prediction.notFound` */
async function require({ studio }: StudioHost, id: string): Promise<Evaluation> {
  const found = await studio.context.evaluations.find(id);
  if (!found) throw new StudioError('prediction.notFound', 'This evaluation is gone.', { remedy: 'Evaluate again.' });
  return found;
}

async function networkOf(
  { studio }: StudioHost,
  choice: EvaluatedChoice,
): Promise<{ name: string; network: EvaluationRequest['network'] }> {
  if (choice.kind === 'run') {
    const run = await studio.context.runRows.find(choice.run);
    if (!run)
      throw new StudioError('run.notFound', `There is no run "${choice.run}".`, { remedy: 'Choose another one.' });
    return { name: run.name, network: choice };
  }
  const card = (await studio.weights.list()).find(({ id }) => id === choice.weights);
  if (!card) throw new StudioError('file.notFound', 'These weights are gone.', { remedy: 'Import them again.' });
  return { name: card.name, network: { kind: 'weights', path: card.id } };
}

function tableChoice({
  figure,
  intervals,
  rank,
  withoutDuplicates,
}: {
  figure: 'error' | 'accuracy';
  intervals: boolean;
  rank?: string | undefined;
  withoutDuplicates: boolean;
}): TableChoice {
  return { figure, intervals, withoutDuplicates, ...(rank !== undefined && { rank }) };
}

async function imagesOf(
  host: StudioHost,
  id: string,
  { filter, offset, limit }: { filter: PredictionFilter; offset: number; limit: number },
) {
  const { path } = await require(host, id);
  const { images, total } = await host.reader.ask('predictionImages', { directory: path, filter, offset, limit });
  return { total, images: images.map((image) => ({ ...image, ...evaluationPictureUrls(id, image.index) })) };
}

export const evaluationsRouter = {
  create: api.evaluations.create.handler(async ({ input, context: { host } }) => {
    const {
      networks: asked,
      device: wanted,
      dataset,
      cropSizes,
      input: fed,
      labels,
      batchSize,
      limit,
      ...rest
    } = input;
    const device = wanted ?? (await host.settings()).device;
    const networks = await Promise.all(asked.map((choice) => networkOf(host, choice)));
    const request = {
      ...rest,
      device,
      ...(dataset !== undefined && { dataset }),
      ...(cropSizes && cropSizes.length > 0 && { cropSizes }),
      ...(fed && { input: fed }),
      ...(labels && { labels }),
      ...(batchSize !== undefined && { batchSize }),
      ...(limit !== undefined && { limit }),
    };
    return {
      jobId: host.jobs.start({
        kind: 'evaluate',
        title: networks.length === 1 ? `Evaluate ${networks[0]?.name}` : `Evaluate ${networks.length} networks`,
        subjectId: asked[0]?.kind === 'run' ? asked[0].run : '',
        lane: 'compute',
        ready: (signal) => host.deviceFree(host.queue.laneOf(device), signal),
        async run(work) {
          await host.studio.engine.ensure(device, { signal: work.signal });
          const { evaluations, notes } = await host.studio.evaluations.createAll(
            request,
            networks.map(({ network }) => network),
            work,
          );
          host.events.publish({ type: 'evaluations' });
          return { kind: 'evaluations', evaluationIds: evaluations.map(({ id }) => id), notes };
        },
      }),
    };
  }),
  list: api.evaluations.list.handler(async ({ input, context: { host } }) =>
    (await host.studio.context.evaluations.list())
      .filter(({ runId }) => input.run === undefined || runId === input.run)
      .map(rowOf),
  ),
  show: api.evaluations.show.handler(async ({ input, context: { host } }) => {
    const found = await require(host, input.evaluation);
    return {
      ...rowOf(found),
      ...(await host.reader.ask('evaluationFigures', {
        directory: found.path,
        datasetDir: host.studio.paths.datasetDir(found.datasetId),
        split: found.split,
      })),
    };
  }),
  images: api.evaluations.images.handler(({ input, context: { host } }) => imagesOf(host, input.evaluation, input)),
  confusion: api.evaluations.confusion.handler(async ({ input, context: { host } }) =>
    host.reader.ask('confusion', {
      directories: [(await require(host, input.evaluation)).path],
      rule: { kind: 'mean' },
      pairs: input.pairs,
    }),
  ),
  classes: api.evaluations.classes.handler(async ({ input, context: { host } }) =>
    host.reader.ask('classes', { directory: (await require(host, input.evaluation)).path }),
  ),
  remove: api.evaluations.remove.handler(async ({ input, context: { host } }) => {
    const { id } = await host.studio.evaluations.remove(input.evaluation);
    host.events.publish({ type: 'evaluations' });
    return { id };
  }),
  tables: api.evaluations.tables.handler(async ({ input, context: { host } }) =>
    (await host.studio.evaluations.tables(tableChoice(input), { ids: input.evaluations })).map(
      ({ caption, note, columns, rows }) => ({
        caption,
        note,
        columns: [...columns],
        rows: rows.map(({ network, cells }) => ({ network, cells: [...cells] })),
      }),
    ),
  ),
  tableText: api.evaluations.tableText.handler(async ({ input, context: { host } }) => ({
    text: tablesAsText(
      await host.studio.evaluations.tables(tableChoice(input), { ids: input.evaluations }),
      input.format,
    ),
  })),
  cropSizes: api.evaluations.cropSizes.handler(async ({ input, context: { host } }) =>
    (await host.studio.evaluations.cropSizes(input.evaluations)).map(({ name, points }) => ({
      name,
      points: [...points],
    })),
  ),
  compare: api.evaluations.compare.handler(async ({ input, context: { host } }) => {
    const {
      first,
      second,
      flips: _flips,
      ...counts
    } = await host.reader.ask('compare', {
      first: await require(host, input.first),
      second: await require(host, input.second),
    });
    return { ...counts, first: rowOf(first), second: rowOf(second) };
  }),
  flips: api.evaluations.flips.handler(async ({ input, context: { host } }) => {
    const { flips } = await host.reader.ask('compare', {
      first: await require(host, input.first),
      second: await require(host, input.second),
    });
    const wanted = flips.filter(({ rightOne }) => input.rightOne === undefined || rightOne === input.rightOne);
    return {
      total: wanted.length,
      images: wanted
        .slice(input.offset, input.offset + input.limit)
        .map(({ index, ...flip }) => ({ ...flip, ...evaluationPictureUrls(input.first, index) })),
    };
  }),
};
