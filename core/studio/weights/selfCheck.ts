/** Finds out how imported weights want their images, by what they recognise in a labelled split. */
import { z } from 'zod';
import { type DatasetCard, Split } from '../../../contract/dataset.ts';
import type { Protocol } from '../../../contract/protocol.ts';
import { DeviceChoice } from '../../../contract/deviceChoice.ts';
import type { ImportedWeights, SelfCheck } from '../../../contract/weights/weights.ts';
import { nativeSide } from '../../data/packed/packKey.ts';
import { getProtocol } from '../../evaluate/protocols/namedProtocols.ts';
import { selfCheckJob } from '../../worker/jobs/selfCheck/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';
import { findByText } from '../records/ids.ts';
import { findImported, keepSelfCheck, writeCard } from './importedWeights.ts';

export const SelfCheckRequest = z.object({
  /** Id or name. */
  weights: z.string(),
  dataset: z.string(),
  split: Split.default('val'),
  /** How pictures are resized and cropped; as they are where they have the network's size, else a centre crop. */
  protocol: z.string().optional(),
  limit: z.int().min(1).max(100_000).default(1000),
  batchSize: z.int().min(1).max(4096).default(32),
  device: DeviceChoice.default('auto'),
  /** Write the proposal into the card. */
  save: z.boolean().default(false),
});
export type SelfCheckRequest = z.input<typeof SelfCheckRequest>;

/** The result is kept beside the weights. @throws {StudioError} file.notFound, dataset.…, prediction.classMismatch */
export async function checkInput(
  context: StudioContext,
  input: SelfCheckRequest,
  work?: WorkOptions,
): Promise<SelfCheck & { readonly weights: ImportedWeights }> {
  const { paths } = context;
  const request = SelfCheckRequest.parse(input);
  const { split, limit, batchSize, device } = request;
  const { card, file } = await findImported(paths, request.weights);
  const { datasets } = await context.datasets.list();
  const dataset = findByText(datasets, request.dataset, 'dataset.notFound', 'data set');
  const { model, size, classes, outputs } = card;
  const job = {
    network: { model, size, classes, outputs, weights: { kind: 'file' as const, path: file } },
    declared: card.input,
    labels: card.labels,
    protocol: request.protocol === undefined ? usualProtocol(size, dataset) : getProtocol(request.protocol),
    datasetDir: paths.datasetDir(dataset.id),
    split,
    limit,
    batchSize,
    device,
  };
  const result = await runJob(context, selfCheckJob, job, { ...work, device });
  await keepSelfCheck(paths, card.id, {
    ...result,
    datasetName: dataset.name,
    split,
    checkedAt: new Date().toISOString(),
  });
  const best = result.rows.find(({ name }) => name === result.proposed);
  if (!request.save || !best) return { ...result, weights: card };
  const weights = { ...card, input: best.input };
  await writeCard(paths, weights);
  return { ...result, weights };
}

/** As they are where they have the network's size, else a centre crop. */
function usualProtocol(size: number, dataset: DatasetCard): Protocol {
  const shared = {
    name: 'self-check',
    crop: size,
    mirror: false,
    average: 'probabilities',
    input: null,
    labels: null,
  } as const;
  if (nativeSide(dataset) === size)
    return { ...shared, title: `${size} × ${size} as they are`, resize: { kind: 'none' }, crops: 'whole' };
  const short = Math.round((size * 256) / 224);
  return {
    ...shared,
    title: `Centre crop ${size} of short side ${short}`,
    resize: { kind: 'shortSide', sizes: [short], method: 'pillow-bilinear' },
    crops: 'centreHalfEven',
  };
}
