/**
 * Which batch fits after one did not: smaller ones are tried, each in a fresh process, since a device that ran out of
 * memory is not to be trusted.
 */
import { totalmem } from 'node:os';
import type { ErrorReport } from '../../../contract/errors.ts';
import { slotNames } from '../../../contract/optimizers.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { describeNetwork } from '../../models/describe.ts';
import { networkShapeOf } from '../../models/family.ts';
import { getModel } from '../../models/registry.ts';
import { probeBatchJob } from '../../worker/jobs/probeBatch/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';

/** Sizes that are tried at most; each half of the one before. */
const MOST_PROBES = 6;
/** A probe that takes longer is no answer. */
const PROBE_MS = 5 * 60_000;

/**
 * Halves of the batch, largest first, without those that cannot fit into all memory there is by the network's own
 * figures.
 */
export function smallerBatches(spec: RunSpec, memoryBytes: number = totalmem()): number[] {
  const { batchSize } = spec;
  const network = describeNetwork(getModel(spec.model.name), networkShapeOf(spec));
  const slots = slotNames(spec.optimizer).length;
  const halves: number[] = [];
  for (let batch = Math.floor(batchSize / 2); batch >= 1; batch = Math.floor(batch / 2)) {
    const { totalBytes } = network.memory(Math.ceil(batch / spec.accumulate), spec.precision, { slots });
    if (totalBytes <= memoryBytes) halves.push(batch);
  }
  return halves.slice(0, MOST_PROBES);
}

/** The largest of `smallerBatches` that two real steps fit with; null when none does or `signal` aborts. */
export async function batchThatFits(
  context: StudioContext,
  spec: RunSpec,
  {
    signal,
    logFile,
    lane,
    onProbe,
  }: Required<Pick<WorkOptions, 'signal' | 'lane'>> & { logFile: string; onProbe: (batch: number) => void },
): Promise<number | null> {
  for (const batchSize of smallerBatches(spec)) {
    if (signal.aborted) return null;
    onProbe(batchSize);
    const end = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]);
    const fits = await runJob(
      context,
      probeBatchJob,
      { spec: { ...spec, batchSize } },
      { device: spec.device, lane, logFile, killSignal: end },
    ).then(
      () => true,
      () => false,
    );
    if (fits) return batchSize;
  }
  return null;
}

/** `error` with the batch that fits, in its words and its details. */
export function withFittingBatch(error: ErrorReport, spec: RunSpec, batch: number | null): ErrorReport {
  if (batch === null)
    return {
      ...error,
      remedy:
        'No smaller batch was found to fit either: use smaller images, a smaller network or bf16, or close other ' +
        'programs. The last checkpoint is kept.',
      details: { ...error.details, fittingBatch: null },
    };
  const parts = Math.ceil((spec.batchSize / batch) * spec.accumulate);
  return {
    ...error,
    details: { ...error.details, fittingBatch: batch },
    remedy:
      `Batch ${batch} fits (tried with two steps): start the run again with --batch-size ${batch}` +
      (batch < spec.batchSize
        ? `, or keep batch ${spec.batchSize} and compute it in ${parts} parts (--accumulate ${parts}). `
        : '. ') +
      'The last checkpoint is kept.',
  };
}
