/** Measures networks: a job for each data set and a few networks, and a record for each network and protocol. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { DatasetCard } from '../../../contract/dataset.ts';
import type { Protocol } from '../../../contract/protocol.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { type EvaluateJob, evaluateJob, type EvaluateResult } from '../../worker/jobs/evaluate/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';
import { newId } from '../records/ids.ts';
import type { CheckedRequest, Source } from './evaluationRequest.ts';
import { fingerprintOf } from './predictions.ts';

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
    for (const group of Map.groupBy(together, ({ dataset }) => dataset.id).values())
      done.push(await measureOn(context, group[0]!.dataset, group, request, work));
  }
  return {
    evaluations: done.flatMap(({ evaluations }) => evaluations),
    notes: [...new Set(done.flatMap(({ notes }) => notes))],
    timing: sumOf(done.map(({ timing }) => timing)),
  };
}

/** Networks on one data set, in one job. */
async function measureOn(
  context: StudioContext,
  dataset: DatasetCard,
  sources: readonly Source[],
  request: CheckedRequest,
  work?: WorkOptions,
): Promise<Evaluated> {
  const { evaluations, paths } = context;
  const items = await itemsOf(context, sources);
  try {
    const job = jobOf(paths.datasetDir(dataset.id), sources, items, request);
    const result = await runJob(context, evaluateJob, job, { ...work, device: request.device });
    const dataFingerprint = await fingerprintOf(context, dataset.id);
    const added = items.map((item, i) => recordOf(item, request, result, i, dataFingerprint));
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

function jobOf(
  datasetDir: string,
  sources: readonly Source[],
  items: readonly Item[],
  { split, limit, batchSize, precision, device, input, labels }: CheckedRequest,
): EvaluateJob {
  return {
    datasetDir,
    split,
    limit: limit ?? null,
    batchSize,
    precision,
    device,
    networks: sources.map(({ network }) => ({
      network: network.trained,
      own: { input: input ?? network.input, labels: labels ?? network.labels },
      items: items
        .filter((item) => item.network === network)
        .map(({ protocol, outputDir }) => ({ protocol, outputDir })),
    })),
  };
}

function recordOf(
  { id, outputDir, dataset, network }: Item,
  { split }: CheckedRequest,
  { protocols, scores, device }: EvaluateResult,
  i: number,
  dataFingerprint: string | null,
): Evaluation {
  const { runId, checkpointSeq, weightsPath, name, trained } = network;
  return {
    id,
    runId,
    checkpointSeq,
    weightsPath,
    network: name,
    model: trained.model.name,
    datasetId: dataset.id,
    datasetName: dataset.name,
    split,
    protocol: protocols[i]!,
    path: outputDir,
    ...scores[i]!,
    device,
    dataFingerprint,
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
