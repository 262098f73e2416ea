/** Exports of weights: finds what was meant, collects what is known of it, and has a job write it. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../../../contract/errors.ts';
import { type ExportCard, ExportFormat, type ExportOrigin, PixelType } from '../../../contract/weights/exportCard.ts';
import { InputSpec, type Preprocessing } from '../../../contract/inputSpec.ts';
import { LabelList } from '../../../contract/protocol.ts';
import { ModelOptions } from '../../../contract/runSpec.ts';
import { TensorRename } from '../../../contract/weights/tensorRename.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { getModel } from '../../models/registry.ts';
import type { TrainedNetwork } from '../../worker/jobs/evaluate/messages.ts';
import { exportWeightsJob } from '../../worker/jobs/exportWeights/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { type EvaluatedRun, runNetwork } from './networkChoice.ts';
import { findImported } from './importedWeights.ts';
import { runJob } from '../jobs/runJob.ts';

export const ExportRequest = z.object({
  /** A run, imported weights (id or name), or with `model` the path of a weight file. */
  weights: z.string(),
  checkpoint: z.union([z.enum(['best', 'last']), z.int().min(0)]).default('best'),
  model: z.string().optional(),
  options: ModelOptions.prefault({}),
  entry: z.string().optional(),
  renames: z.array(TensorRename).optional(),
  classes: z.int().min(1).optional(),
  channels: z.int().min(1).optional(),
  format: ExportFormat,
  output: z.string().min(1),
  overwrite: z.boolean().default(false),
  size: z.int().min(1).optional(),
  pixels: PixelType.optional(),
  features: z.array(z.string()).default([]),
  /** Counts before what is known of the weights. */
  input: InputSpec.optional(),
  labels: LabelList.optional(),
  exportedBy: z.string().default('Quorum'),
});
export type ExportRequest = z.input<typeof ExportRequest>;
type Asked = z.output<typeof ExportRequest>;

type ImportedFile = Awaited<ReturnType<typeof findImported>>;

interface Found {
  readonly trained: TrainedNetwork;
  readonly origin: ExportOrigin;
}

/** @throws {StudioError} `file.notFound`, `file.exists`, `file.diskFull`, `run.…`, `weights.…`, `input.invalid` */
export async function exportWeights(
  context: StudioContext,
  input: ExportRequest,
  work?: WorkOptions,
): Promise<ExportCard> {
  const request = ExportRequest.parse(input);
  const { format, output, overwrite, size, pixels, features, exportedBy } = request;
  if (features.length > 0 && format !== 'onnx')
    throw new StudioError(
      'input.invalid',
      `Layers become outputs of ONNX programs only; a ${format} export has every layer within reach already.`,
      { remedy: 'Leave them out; the card lists the layers.' },
    );
  if (format === 'tfjs' && pixels === 'uint8')
    throw new StudioError('input.invalid', 'TensorFlow.js has no bytes.', { remedy: 'Choose int32 or float32.' });
  const { trained, origin } = await find(context, request);
  const known = request.input ?? origin.input;
  return runJob(
    context,
    exportWeightsJob,
    {
      network: trained,
      format,
      output: resolve(output),
      overwrite,
      origin: { ...origin, input: known, labels: request.labels ?? origin.labels },
      exportedBy,
      size: size ?? null,
      pixels: pixels ?? null,
      features,
    },
    work,
  );
}

async function find(context: StudioContext, request: Asked): Promise<Found> {
  if (request.model !== undefined) return weightFile(request, request.model);
  const imported = await findImported(context.paths, request.weights).catch(only('file.notFound'));
  const run = await runNetwork(context, { kind: 'run', run: request.weights, checkpoint: request.checkpoint }).catch(
    only('run.notFound'),
  );
  if (imported && run)
    throw new StudioError('input.invalid', `"${request.weights}" is a run and imported weights.`, {
      remedy: 'Write the id of the one you mean.',
    });
  if (!imported && !run)
    throw new StudioError('file.notFound', `There are no imported weights and no run "${request.weights}".`, {
      remedy: 'For a file, name its network with --model.',
    });
  const evaluations = await context.evaluations.list();
  return run ? foundRun(run, evaluations) : foundImport(imported!, evaluations);
}

function foundRun(run: EvaluatedRun, evaluations: readonly Evaluation[]): Found {
  const { spec, runId, checkpointSeq } = run;
  return {
    trained: run.trained,
    origin: {
      ...network(run.trained),
      name: run.name,
      input: run.input,
      classNames: [...spec.classNames],
      classIds: [...spec.classIds],
      labels: run.labels,
      resize: resizeOf(spec.preprocessing),
      protocol: run.asTrained,
      source: {
        ...definition(run.trained),
        kind: 'run',
        id: runId,
        checkpoint: checkpointSeq,
        dataset: spec.dataset,
      },
      metrics: metrics(evaluations, (one) => one.runId === runId && one.checkpointSeq === checkpointSeq),
      notes: [],
    },
  };
}

function foundImport({ card, file }: ImportedFile, evaluations: readonly Evaluation[]): Found {
  const trained: TrainedNetwork = {
    model: card.model,
    size: card.size,
    channels: card.channels,
    classes: card.classes,
    outputs: card.outputs,
    weights: { kind: 'file', path: file },
  };
  return {
    trained,
    origin: {
      ...network(trained),
      name: card.name,
      input: card.input,
      classNames: card.outputs?.names ?? null,
      classIds: card.outputs?.ids ?? null,
      labels: card.labels,
      resize: null,
      protocol: card.protocol,
      source: { ...definition(trained), kind: 'imported', id: card.id, checkpoint: null, dataset: null },
      metrics: metrics(evaluations, ({ weightsPath }) => weightsPath === file),
      notes: card.notes,
    },
  };
}

function weightFile({ weights, options, entry, renames, classes, channels, size }: Asked, name: string): Found {
  const model = getModel(name);
  const path = resolve(weights);
  const trained: TrainedNetwork = {
    model: { name: model.name, options },
    size: size ?? model.nativeSize,
    ...(channels !== undefined && { channels }),
    ...(classes !== undefined && { classes }),
    outputs: null,
    weights: { kind: 'file', path, ...(entry !== undefined && { entry }), ...(renames && { renames }) },
  };
  return {
    trained,
    origin: {
      ...network(trained),
      name: model.name,
      input: null,
      classNames: null,
      classIds: null,
      labels: null,
      resize: null,
      protocol: null,
      source: { ...definition(trained), kind: 'file', id: null, checkpoint: null, dataset: null },
      metrics: [],
      notes: [],
    },
  };
}

/** Of a file, what is not known before it is opened is the usual: the job says what the file has. */
function network({
  model,
  size,
  channels = 3,
  classes = 1000,
}: TrainedNetwork): Pick<ExportOrigin, 'model' | 'title' | 'size' | 'channels' | 'classes'> {
  return { model, title: getModel(model.name).title, size, channels, classes };
}

function definition({ model }: TrainedNetwork): Pick<ExportOrigin['source'], 'definition' | 'license' | 'paper'> {
  const { source, license, paper } = getModel(model.name);
  return { definition: source, license, paper };
}

function metrics(all: readonly Evaluation[], own: (evaluation: Evaluation) => boolean): ExportOrigin['metrics'] {
  return all.filter(own).flatMap(({ images, count, top1, top5, loss, protocol, createdAt }) =>
    images.kind === 'split'
      ? {
          dataset: images.datasetName,
          split: images.split,
          pictures: count,
          top1,
          top5,
          loss,
          protocol,
          measuredAt: createdAt,
        }
      : [],
  );
}

function resizeOf({ size, fit, interpolation }: Preprocessing): string {
  return fit === 'cover'
    ? `short side to ${size} (${interpolation}), centre crop ${size} × ${size}`
    : `squashed to ${size} × ${size} (${interpolation})`;
}

/** Null for an error of this code; any other is thrown on. */
function only(code: StudioError['code']): (error: unknown) => null {
  return (error) => {
    if (error instanceof StudioError && error.code === code) return null;
    throw error;
  };
}
