/** Measures networks: a job for the same images and a few networks, and a record for each network and protocol. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type EvaluatedImages, imagesKey } from '../../../contract/evaluation.ts';
import type { Protocol } from '../../../contract/protocol.ts';
import { dataFingerprint } from '../../data/set/overlay.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { type EvaluateJob, evaluateJob, type EvaluateResult } from '../../worker/jobs/evaluate/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';
import { newId } from '../records/ids.ts';
import type { StudioPaths } from '../records/paths.ts';
import type { CheckedRequest, Source } from './evaluationRequest.ts';

/** Networks whose weights are in memory at once. */
const MAX_TOGETHER = 8;

/** `timing`: see EvaluateResult. */
export interface Evaluated {
  readonly evaluations: Evaluation[];
  readonly notes: string[];
  readonly timing: EvaluateResult['timing'];
}

/** One network by one protocol, and where its probabilities go. */
interface Item extends Omit<Source, 'protocols'> {
  readonly id: string;
  readonly protocol: Protocol;
  readonly outputDir: string;
}

/** In the order of `sources` and their protocols. */
export async function measure(
  context: StudioContext,
  sources: readonly Source[],
  request: CheckedRequest,
  work?: WorkOptions,
): Promise<Evaluated> {
  const done: Evaluated[] = [];
  for (let from = 0; from < sources.length; from += MAX_TOGETHER) {
    const together = sources.slice(from, from + MAX_TOGETHER);
    for (const group of Map.groupBy(together, ({ images }) => imagesKey(images)).values())
      done.push(await measureOn(context, group[0]!.images, group, request, work));
  }
  return {
    evaluations: done.flatMap(({ evaluations }) => evaluations),
    notes: [...new Set(done.flatMap(({ notes }) => notes))],
    timing: sumOf(done.map(({ timing }) => timing)),
  };
}

/** Networks on the same images, in one job. */
async function measureOn(
  context: StudioContext,
  images: EvaluatedImages,
  sources: readonly Source[],
  request: CheckedRequest,
  work?: WorkOptions,
): Promise<Evaluated> {
  const { evaluations, paths } = context;
  const items = await itemsOf(context, sources);
  try {
    const fingerprint = await fingerprintOf(context, images);
    const job = jobOf(paths, images, sources, items, request);
    const result = await runJob(context, evaluateJob, job, { ...work, device: request.device });
    const added = items.map((item, i) => recordOf(item, request, result, i, fingerprint));
    for (const evaluation of added) await evaluations.add(evaluation);
    return { evaluations: added, notes: result.notes, timing: result.timing };
  } catch (error) {
    for (const { id, outputDir } of items)
      if (!(await evaluations.find(id))) await rm(outputDir, { recursive: true, force: true });
    throw error;
  }
}

async function itemsOf({ evaluations, paths }: StudioContext, sources: readonly Source[]): Promise<Item[]> {
  const items: Item[] = [];
  for (const source of sources) {
    for (const protocol of source.protocols) {
      const id = await newId(
        'v',
        async (candidate) =>
          items.some((item) => item.id === candidate) ||
          existsSync(paths.evaluationDir(candidate)) ||
          (await evaluations.find(candidate)) !== null,
      );
      items.push({ ...source, id, protocol, outputDir: paths.evaluationDir(id) });
    }
  }
  return items;
}

/** What the data set holds now, images left out and relabelled included; null for a folder, and when it is gone. */
export async function fingerprintOf(
  { datasets, paths }: StudioContext,
  images: EvaluatedImages,
): Promise<string | null> {
  const card = images.kind === 'split' ? await datasets.find(images.datasetId) : null;
  return card && dataFingerprint({ card, directory: paths.datasetDir(card.id) });
}

function jobOf(
  paths: StudioPaths,
  images: EvaluatedImages,
  sources: readonly Source[],
  items: readonly Item[],
  { limit, batchSize, precision, device, input, labels }: CheckedRequest,
): EvaluateJob {
  return {
    images:
      images.kind === 'folder'
        ? images
        : {
            kind: 'split',
            datasetDir: paths.datasetDir(images.datasetId),
            split: images.split,
            limit: limit ?? null,
          },
    batchSize,
    precision,
    device,
    networks: sources.map(({ network }) => ({
      network: network.trained,
      own: {
        input: input ?? network.input,
        labels: labels ?? network.labels,
        valueRange: network.valueRange,
      },
      items: items
        .filter((item) => item.network === network)
        .map(({ protocol, outputDir }) => ({ protocol, outputDir })),
    })),
  };
}

function recordOf(
  { id, outputDir, images, network }: Item,
  { precision, limit }: CheckedRequest,
  { protocols, scores, device }: EvaluateResult,
  i: number,
  fingerprint: string | null,
): Evaluation {
  const { runId, checkpointSeq, weightsPath, name, trained } = network;
  return {
    id,
    runId,
    checkpointSeq,
    weightsPath,
    network: name,
    model: trained.model.name,
    images,
    protocol: protocols[i]!,
    precision,
    limit: limit ?? null,
    path: outputDir,
    ...scores[i]!,
    device,
    dataFingerprint: fingerprint,
    createdAt: new Date().toISOString(),
  };
}

function sumOf(all: readonly Evaluated['timing'][]): Evaluated['timing'] {
  const sum = (key: 'wallMs' | 'viewsMs' | 'waitedMs'): number => all.reduce((total, timing) => total + timing[key], 0);
  return {
    wallMs: sum('wallMs'),
    viewsMs: sum('viewsMs'),
    waitedMs: sum('waitedMs'),
    computedMs: all.flatMap(({ computedMs }) => computedMs),
  };
}
