/** Handlers of evaluations: everything that reads probabilities happens in the reader thread. */
import {
  type EvaluatedChoice,
  evaluateJob,
  type EvaluationRow,
  type ImageChoice,
} from '../../../contract/api/evaluations.ts';
import type { PredictionFilter } from '../../../contract/api/datasets/imageFigures.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { computeTurn } from '../host/computeTurn.ts';
import { evaluationPictureUrls } from '../host/mediaPath.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { tablesAsText, type TableChoice } from '../results/tablesByDataset.ts';
import type { EvaluationRequest } from '../results/evaluationRequest.ts';
import { findMembers, type Member, memberOfId } from '../results/members.ts';
import type { PredictionRequest } from '../results/predictions.ts';
import { readClassMap } from '../results/readClassMap.ts';
import { api } from './implementer.ts';

function rowOf({ path: _path, weightsPath: _weightsPath, ...row }: Evaluation): EvaluationRow {
  return row;
}

/** @throws {StudioError} `prediction.notFound` */
export async function requireEvaluation({ studio }: StudioHost, id: string): Promise<Evaluation> {
  const found = await studio.context.evaluations.find(id);
  if (!found) throw new StudioError('prediction.notFound', 'Evaluation not found.', { remedy: 'Evaluate again.' });
  return found;
}

interface Named {
  readonly name: string;
  readonly network: EvaluationRequest['network'];
}

async function networkOf({ studio }: StudioHost, choice: EvaluatedChoice): Promise<Named> {
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

export async function imagesChosen(host: StudioHost, images: ImageChoice): Promise<EvaluationRequest['images']> {
  if (images.kind === 'folder') return { kind: 'folder', path: await host.roots.resolve(images.folder) };
  return { kind: 'split', split: images.split, ...(images.dataset !== undefined && { dataset: images.dataset }) };
}

/** One job that lets networks predict the same images, one after another. */
export async function startPredictions(
  host: StudioHost,
  networks: readonly Member[],
  request: Omit<PredictionRequest, 'network'>,
  subjectId = networks[0]?.id ?? '',
): Promise<string> {
  const deviceOf = (member: Member): DeviceChoice =>
    request.device ?? (member.kind === 'run' ? member.run.spec.device : 'auto');
  return host.jobs.start({
    kind: evaluateJob,
    title: networks.length === 1 ? `Predict with ${networks[0]?.name}` : `Predict with ${networks.length} networks`,
    subjectId,
    turn: await computeTurn(host.studio.context, networks.map(deviceOf)),
    async run(work) {
      const evaluationIds: string[] = [];
      for (const [i, network] of networks.entries()) {
        await host.studio.engine.ensure(deviceOf(network), { signal: work.signal });
        const member = networks.length > 1 ? ` ${network.name} (${i + 1} of ${networks.length})` : '';
        const prediction = await host.studio.evaluations.predict(
          { ...request, network: { kind: network.kind, text: network.id } },
          {
            ...work,
            onProgress: (progress) => work.onProgress({ ...progress, stage: `${progress.stage}${member}` }),
          },
        );
        evaluationIds.push(prediction.id);
        host.events.publish({ type: 'evaluations' });
      }
      return { evaluationIds, notes: [] };
    },
  });
}

/** One job for all networks. */
async function startEvaluations(
  host: StudioHost,
  networks: readonly Named[],
  request: Omit<EvaluationRequest, 'network'> & { readonly device: DeviceChoice },
): Promise<string> {
  const [first] = networks;
  return host.jobs.start({
    kind: evaluateJob,
    title: networks.length === 1 ? `Evaluate ${first?.name}` : `Evaluate ${networks.length} networks`,
    subjectId: first?.network.kind === 'run' ? first.network.run : '',
    turn: await computeTurn(host.studio.context, [request.device]),
    async run(work) {
      await host.studio.engine.ensure(request.device, { signal: work.signal });
      const { evaluations, notes } = await host.studio.evaluations.createAll(
        request,
        networks.map(({ network }) => network),
        work,
      );
      host.events.publish({ type: 'evaluations' });
      return { evaluationIds: evaluations.map(({ id }) => id), notes };
    },
  });
}

async function imagesOf(
  host: StudioHost,
  id: string,
  { filter, offset, limit }: { filter: PredictionFilter; offset: number; limit: number },
) {
  const { path } = await requireEvaluation(host, id);
  const { images, total } = await host.reader.ask('predictionImages', { directory: path, filter, offset, limit });
  return { total, images: images.map((image) => ({ ...image, ...evaluationPictureUrls(id, image.index) })) };
}

export const evaluationsRouter = {
  create: api.evaluations.create.handler(async ({ input, context: { host } }) => {
    const { networks, images, device, cropSizes, input: fed, labels, classMap, batchSize, limit, ...rest } = input;
    const named = await Promise.all(networks.map((choice) => networkOf(host, choice)));
    return {
      jobId: await startEvaluations(host, named, {
        ...rest,
        images: await imagesChosen(host, images),
        device: device ?? (await host.settings()).device,
        ...(cropSizes && cropSizes.length > 0 && { cropSizes }),
        ...(fed && { input: fed }),
        ...(labels && { labels }),
        ...(classMap && { classMap: await readClassMap(await host.roots.resolve(classMap)) }),
        ...(batchSize !== undefined && { batchSize }),
        ...(limit !== undefined && { limit }),
      }),
    };
  }),
  predict: api.evaluations.predict.handler(async ({ input, context: { host } }) => {
    const { networks, images, batchSize, device, ...rest } = input;
    const members = await findMembers(host.studio.context, networks.map(memberOfId));
    return {
      jobId: await startPredictions(host, members, {
        ...rest,
        images: await imagesChosen(host, images),
        ...(batchSize !== undefined && { batchSize }),
        ...(device !== undefined && { device }),
      }),
    };
  }),
  predictions: api.evaluations.predictions.handler(async ({ input, context: { host } }) =>
    (await host.studio.evaluations.predictions(memberOfId(input.network))).map(rowOf),
  ),
  list: api.evaluations.list.handler(async ({ input, context: { host } }) =>
    (await host.studio.context.evaluations.list(input.run === undefined ? {} : { runId: input.run })).map(rowOf),
  ),
  show: api.evaluations.show.handler(async ({ input, context: { host } }) => {
    const found = await requireEvaluation(host, input.evaluation);
    return {
      ...rowOf(found),
      ...(await host.reader.ask('evaluationFigures', { evaluation: found, dataDir: host.studio.paths.dataDir })),
    };
  }),
  images: api.evaluations.images.handler(({ input, context: { host } }) => imagesOf(host, input.evaluation, input)),
  confusion: api.evaluations.confusion.handler(async ({ input, context: { host } }) =>
    host.reader.ask('confusion', {
      directories: [(await requireEvaluation(host, input.evaluation)).path],
      rule: { kind: 'mean' },
      pairs: input.pairs,
    }),
  ),
  classes: api.evaluations.classes.handler(async ({ input, context: { host } }) =>
    host.reader.ask('classes', { directory: (await requireEvaluation(host, input.evaluation)).path }),
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
        rows: rows.map(({ cells, ...row }) => ({ ...row, cells: [...cells] })),
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
      first: await requireEvaluation(host, input.first),
      second: await requireEvaluation(host, input.second),
    });
    return { ...counts, first: rowOf(first), second: rowOf(second) };
  }),
  flips: api.evaluations.flips.handler(async ({ input, context: { host } }) => {
    const { flips } = await host.reader.ask('compare', {
      first: await requireEvaluation(host, input.first),
      second: await requireEvaluation(host, input.second),
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
