/** Weights that a run is to start from: found, fixed by their hash, and what is known of them. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CheckpointManifest, MANIFEST_FILE } from '../../../contract/weights/checkpointManifest.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { InitialWeights, InitialWeightsRequest } from '../../../contract/fineTuning.ts';
import { channelsOf, type PreprocessingRequest } from '../../../contract/inputSpec.ts';
import type { ModelSpec, RunRequest, RunSpec } from '../../../contract/runSpec.ts';
import { describeNetwork } from '../../models/describe.ts';
import { getModel } from '../../models/registry.ts';
import { type InitialFileFacts, inspectInitialJob } from '../../worker/jobs/inspectInitial/messages.ts';
import type { InitialFile } from '../../worker/jobs/train/messages.ts';
import type { ClassList } from '../../../pure/classes/classMatch.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runNetwork } from './networkChoice.ts';
import { findByText } from '../records/ids.ts';
import { findImported } from './importedWeights.ts';
import { runJob } from '../jobs/runJob.ts';

export interface StartingPoint {
  readonly source: InitialWeights;
  /** In words. */
  readonly title: string;
  readonly model: ModelSpec;
  /** Side they were trained at, pixels. */
  readonly size: number;
  /** Null where the file has no head of the network. */
  readonly classes: number | null;
  /** What its outputs stand for; null where only their number is known. */
  readonly outputs: ClassList | null;
  /** Weights under our names, and their shapes. */
  readonly weights: ReadonlyMap<string, readonly number[]>;
  /** How they want their pictures, as far as that is known; without the size. */
  readonly preprocessing: PreprocessingRequest | null;
  /** Tensors of a file that the network does not need. */
  readonly unused: readonly string[];
}

/**
 * What `quorum train --init` means by a word: a file's path, imported weights, or a run, `@best`, `@last` or the number
 * of a checkpoint behind it.
 * @throws {StudioError} `file.notFound`
 */
export async function readInitial({ paths, runs }: StudioContext, text: string): Promise<InitialWeightsRequest> {
  // TensorFlow's users call a checkpoint by the beginning of its files' names.
  if (existsSync(text) || existsSync(`${text}.index`)) return { kind: 'file', path: resolve(text) };
  const imported = await findImported(paths, text).catch((error: unknown) => notFound(error, 'file.notFound'));
  if (imported) return { kind: 'imported', weights: imported.card.id };
  const [, name = text, which = 'best'] = /^(.+)@(best|last|\d+)$/.exec(text) ?? [];
  const run = await runs
    .names()
    .then((names) => findByText(names, name, 'run.notFound', 'run'))
    .catch((error: unknown) => notFound(error, 'run.notFound'));
  if (run)
    return { kind: 'run', run: run.id, checkpoint: which === 'best' || which === 'last' ? which : Number(which) };
  throw new StudioError('file.notFound', `There is no file, no imported weights and no run "${text}".`, {
    remedy: 'quorum weights list and quorum runs list tell what there is.',
  });
}

function notFound(error: unknown, code: string): null {
  if (error instanceof StudioError && error.code === code) return null;
  throw error;
}

/**
 * `model` is the network that a file is to fit; the others know their own.
 * @throws {StudioError} `file.…`, `weights.…`, `run.notFound`, `run.noCheckpoint`
 */
export async function findStartingPoint(
  context: StudioContext,
  from: InitialWeightsRequest,
  model: ModelSpec,
  work?: WorkOptions,
): Promise<StartingPoint> {
  switch (from.kind) {
    case 'file':
      return fileStart(context, from, model, work);
    case 'imported': {
      const { card } = await findImported(context.paths, from.weights);
      const { size, channels, classes } = card;
      return {
        source: { kind: 'imported', weights: card.id, name: card.name, sha256: card.sha256 },
        title: `imported weights "${card.name}"`,
        model: card.model,
        size,
        classes,
        outputs: card.outputs,
        weights: shapes(card.model, size, channels, classes),
        preprocessing: card.input,
        unused: [],
      };
    }
    case 'run': {
      const {
        trained,
        spec: { preprocessing },
        runId,
        checkpointSeq,
      } = await runNetwork(context, from);
      const run = await context.runs.find(runId);
      if (!run || checkpointSeq === null || trained.weights.kind !== 'checkpoint')
        throw new StudioError('run.notFound', `There is no run "${from.run}".`);
      const { size, ...input } = preprocessing;
      return {
        source: {
          kind: 'run',
          run: run.id,
          name: run.name,
          checkpoint: checkpointSeq,
          sha256: await checkpointHash(trained.weights.dir),
        },
        title: `checkpoint ${checkpointSeq} of "${run.name}"`,
        model: trained.model,
        size,
        classes: run.spec.classIds.length,
        outputs: { ids: run.spec.classIds, names: run.spec.classNames },
        weights: shapes(trained.model, size, channelsOf(preprocessing), run.spec.classIds.length),
        preprocessing: input,
        unused: [],
      };
    }
  }
}

function shapes(
  { name, options }: ModelSpec,
  size: number,
  channels: number,
  classes: number,
): ReadonlyMap<string, readonly number[]> {
  return new Map(
    describeNetwork(getModel(name), { size, channels, classes, options }).weights.map((weight) => [
      weight.name,
      weight.shape,
    ]),
  );
}

async function checkpointHash(dir: string): Promise<string> {
  const text = await readFile(join(dir, MANIFEST_FILE), 'utf8').catch((error: unknown) => {
    throw new StudioError('run.noCheckpoint', `${dir} no longer exists.`, {
      remedy: 'Choose another checkpoint.',
      cause: error,
    });
  });
  const found = CheckpointManifest.parse(JSON.parse(text)).files.find(({ name }) => name === 'weights.safetensors');
  if (!found)
    throw new StudioError('file.damaged', `${join(dir, MANIFEST_FILE)} names no weights.`, {
      remedy: 'Choose another checkpoint.',
    });
  return found.sha256;
}

/** The one of a request or spec that starts from weights; else null. @throws {StudioError} as `findStartingPoint` */
export async function startOf(
  context: StudioContext,
  { model, fineTuning }: Pick<RunRequest, 'model' | 'fineTuning'>,
  work?: WorkOptions,
): Promise<StartingPoint | null> {
  return fineTuning?.from ? findStartingPoint(context, fineTuning.from, model, work) : null;
}

/** Facts of files, by all that decides them: forms ask at every keystroke. */
const KNOWN = new Map<string, Promise<InitialFileFacts>>();
const MOST_KNOWN = 20;

async function fileStart(
  context: StudioContext,
  from: Extract<InitialWeightsRequest, { kind: 'file' }>,
  model: ModelSpec,
  work?: WorkOptions,
): Promise<StartingPoint> {
  const path = resolve(from.path);
  const entry = {
    ...(from.entry !== undefined && { entry: from.entry }),
    ...(from.renames && { renames: from.renames }),
  };
  const found = await stat(existsSync(path) ? path : `${path}.index`).catch((error: unknown) => {
    throw new StudioError('file.notFound', `${path} does not exist.`, {
      remedy: 'Check the path, or choose the file again.',
      cause: error,
    });
  });
  const key = JSON.stringify([path, entry, model, found.size, found.mtimeMs]);
  const known = KNOWN.get(key) ?? runJob(context, inspectInitialJob, { path, ...entry, model }, work);
  KNOWN.set(key, known);
  known.catch(() => KNOWN.delete(key));
  const [oldest] = KNOWN.keys();
  if (KNOWN.size > MOST_KNOWN && oldest !== undefined) KNOWN.delete(oldest);
  const { sha256, format, naming, size, classes, outputs, options, input, weights, unused } = await known;
  return {
    source: { kind: 'file', path, ...entry, sha256 },
    title: `${path} (${format}, names of ${naming})`,
    model: { name: model.name, options },
    size,
    classes,
    outputs,
    weights: new Map(weights.map((weight) => [weight.name, weight.shape])),
    preprocessing: input,
    unused,
  };
}

/**
 * Where the weights of a run that starts from some lie now.
 * @throws {StudioError} file.notFound, run.notFound, run.noCheckpoint
 */
export async function initialFile(context: StudioContext, { fineTuning }: RunSpec): Promise<InitialFile | null> {
  const from = fineTuning?.from;
  if (!from) return null;
  if (from.kind === 'file') {
    const { path, entry, renames } = from;
    // The card beside it says what its outputs stand for, if anything does.
    return { path, ...(entry !== undefined && { entry }), ...(renames && { renames }), outputs: null };
  }
  if (from.kind === 'imported') {
    const { file, card } = await findImported(context.paths, from.weights);
    return { path: file, outputs: card.outputs };
  }
  const { trained } = await runNetwork(context, { kind: 'run', run: from.run, checkpoint: from.checkpoint });
  if (trained.weights.kind !== 'checkpoint') throw new Error('a run has checkpoints');
  return { path: join(trained.weights.dir, 'weights.safetensors'), outputs: trained.outputs };
}
