/**
 * What an evaluation measures: a run's checkpoint, imported weights, or a weight file, with what is known of how it
 * wants its pictures.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../../../contract/errors.ts';
import { channelsOf, type InputSpec, inputSpecOf } from '../../../contract/inputSpec.ts';
import type { LabelList, Protocol } from '../../../contract/protocol.ts';
import type { CheckpointInfo } from '../../../contract/run.ts';
import { ModelOptions, type RunSpec } from '../../../contract/runSpec.ts';
import { TensorRename } from '../../../contract/weights/tensorRename.ts';
import type { ValueRange } from '../../../contract/valueRange.ts';
import { asTrained, centreSquare } from '../../evaluate/protocols/asTrained.ts';
import { getModel } from '../../models/registry.ts';
import type { TrainedNetwork } from '../../worker/jobs/evaluate/messages.ts';
import type { StudioContext } from '../context.ts';
import { findRun } from '../runs/findRun.ts';
import { findImported } from './importedWeights.ts';

/** A checkpoint by its number, by the epoch it was kept after, or as the run knows it. */
export const CheckpointChoice = z.union([
  z.enum(['best', 'last']),
  z.int().min(0),
  z.object({ epoch: z.int().min(1) }),
]);
export type CheckpointChoice = z.infer<typeof CheckpointChoice>;

export const NetworkChoice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), run: z.string(), checkpoint: CheckpointChoice.default('best') }),
  /** A file and its network; or imported weights by id or name, whose card knows the rest. */
  z.object({
    kind: z.literal('weights'),
    path: z.string(),
    entry: z.string().optional(),
    renames: z.array(TensorRename).optional(),
    model: z.string().optional(),
    size: z.int().min(1).optional(),
    options: ModelOptions.prefault({}),
    name: z.string().min(1).max(200).optional(),
  }),
]);
export type NetworkChoice = z.output<typeof NetworkChoice>;

export interface EvaluatedNetwork {
  readonly name: string;
  readonly trained: TrainedNetwork;
  readonly input: InputSpec | null;
  readonly labels: LabelList | null;
  /** How samples wider than a byte were read in training. */
  readonly valueRange?: ValueRange | undefined;
  /** How images are resized and cropped for a prediction; null for a file that nobody has imported. */
  readonly asTrained: Protocol | null;
  readonly runId: string | null;
  readonly checkpointSeq: number | null;
  readonly weightsPath: string | null;
}
export interface EvaluatedRun extends EvaluatedNetwork {
  readonly asTrained: Protocol;
  readonly runId: string;
  readonly spec: RunSpec;
}

/** @throws {StudioError} `run.notFound`, `run.noCheckpoint` */
export async function runNetwork(
  { runs, checkpoints, paths }: StudioContext,
  asked: Extract<NetworkChoice, { kind: 'run' }>,
): Promise<EvaluatedRun> {
  const run = await findRun({ runs }, asked.run);
  const { spec } = run;
  const all = await checkpoints.list(run.id);
  const found = chosen(all, asked.checkpoint);
  if (!found) {
    const epochs = all.flatMap((one) => (one.trigger === 'epoch' ? [one.epoch] : []));
    if (typeof asked.checkpoint === 'object')
      throw new StudioError(
        'run.noCheckpoint',
        `Run ${run.id} kept no checkpoint of epoch ${asked.checkpoint.epoch}; it has those of epochs ` +
          `${epochs.join(', ') || 'none'}.`,
        { remedy: 'Say --keep-epochs when training.', details: { epochs } },
      );
    throw new StudioError('run.noCheckpoint', `Run ${run.id} (${run.state}) has no such checkpoint.`, {
      remedy: all.length > 0 ? `It has: ${all.map(({ seq }) => seq).join(', ')}.` : 'Train it first.',
    });
  }
  const suffix =
    typeof asked.checkpoint === 'object'
      ? `, epoch ${asked.checkpoint.epoch}`
      : typeof asked.checkpoint === 'number'
        ? `, checkpoint ${found.seq}`
        : '';
  return {
    name: `${run.name}${suffix}`,
    spec,
    input: inputSpecOf(spec.preprocessing),
    labels: 'own',
    valueRange: spec.preprocessing.valueRange,
    asTrained: asTrained(spec.preprocessing),
    runId: run.id,
    checkpointSeq: found.seq,
    weightsPath: null,
    trained: {
      model: spec.model,
      size: spec.preprocessing.size,
      channels: channelsOf(spec.preprocessing),
      classes: spec.classNames.length,
      outputs: { ids: spec.classIds, names: spec.classNames },
      weights: { kind: 'checkpoint', dir: paths.checkpointDir(run.id, found.path) },
    },
  };
}

/** A run that was stopped before its first validation has no best checkpoint yet: then the last one. */
function chosen(all: readonly CheckpointInfo[], which: CheckpointChoice): CheckpointInfo | undefined {
  if (typeof which === 'number') return all.find(({ seq }) => seq === which);
  if (typeof which === 'object')
    return all.findLast(({ epoch, trigger }) => trigger === 'epoch' && epoch === which.epoch);
  return (which === 'best' ? all.find(({ isBest }) => isBest) : undefined) ?? all.at(-1);
}

/** @throws {StudioError} `file.notFound`, `model.unknown` */
export async function weightsNetwork(
  { paths }: StudioContext,
  network: Extract<NetworkChoice, { kind: 'weights' }>,
): Promise<EvaluatedNetwork> {
  if (network.model === undefined) {
    const { card, file } = await findImported(paths, network.path);
    return {
      name: network.name ?? card.name,
      input: card.input,
      labels: card.labels,
      asTrained: card.protocol ?? centreSquare(card.size),
      runId: null,
      checkpointSeq: null,
      weightsPath: file,
      trained: {
        model: card.model,
        size: card.size,
        channels: card.channels,
        classes: card.classes,
        outputs: card.outputs,
        weights: { kind: 'file', path: file },
      },
    };
  }
  const model = getModel(network.model);
  const path = resolve(network.path);
  return {
    name: network.name ?? model.name,
    input: null,
    labels: null,
    asTrained: null,
    runId: null,
    checkpointSeq: null,
    weightsPath: path,
    trained: {
      model: { name: model.name, options: network.options },
      size: network.size ?? model.nativeSize,
      outputs: null,
      weights: {
        kind: 'file',
        path,
        ...(network.entry !== undefined && { entry: network.entry }),
        ...(network.renames && { renames: network.renames }),
      },
    },
  };
}
