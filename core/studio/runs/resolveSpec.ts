/** A user's request becomes a complete, frozen run spec, or one error that lists everything wrong with it. */
import type { DatasetCard } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { LAB_SCALING } from '../../../pure/cielab.ts';
import { channelsOf, Preprocessing } from '../../../contract/inputSpec.ts';
import { recipeProblems } from '../../../contract/recipe.ts';
import { RunRequest, type RunSpec } from '../../../contract/runSpec.ts';
import { describeNetwork } from '../../models/describe.ts';
import type { Model } from '../../models/family.ts';
import { layerNames, layerProblems } from '../../models/layerChoice.ts';
import { fromWeights, optionsThatFit, resolveFineTuning } from './fineTuning.ts';
import type { StartingPoint } from '../weights/startingPoint.ts';
import { issueProblem } from '../../../pure/issueWords.ts';

/** Side that pictures of many sizes, or of no square one, are brought to. Pixels. */
const DEFAULT_SIZE = 64;
/** A channel that never changes has no spread to divide by: one level of 255. */
const LEAST_STD = 1 / 255;
/** Share of red, green and blue in luma (ITU-R BT.601), by which pictures become gray. */
const LUMA = [0.299, 0.587, 0.114] as const;

export interface BadField {
  readonly field: string;
  readonly problem: string;
}

/**
 * Parses a request.
 * @throws {StudioError} `run.badSpec` that names every bad field
 */
export function parseRunRequest(request: unknown): RunRequest {
  const parsed = RunRequest.safeParse(request);
  if (parsed.success) return parsed.data;
  throw badSpec(
    parsed.error.issues.map((issue) => ({ field: issue.path.join('.') || 'spec', problem: issueProblem(issue) })),
  );
}

/**
 * What the request leaves open comes from the data set: its own size when its pictures are square (kept within what the
 * network was made for), its own mean and standard deviation, gray when all its pictures are. A network's published
 * input belongs to its published weights and is not used here; weights to start from bring theirs.
 * @param start what `request.fineTuning.from` names
 * @throws {StudioError} run.badSpec: it lists every bad field
 * @throws {StudioError} dataset.missingSplit, model.inputTooSmall, model.badOption, weights.mismatch
 */
export function resolveSpec(
  asked: RunRequest,
  card: DatasetCard,
  model: Model,
  start: StartingPoint | null = null,
): RunSpec {
  const train = card.splits.train?.count ?? 0;
  if (train === 0 || !card.splits.train?.labelled) {
    throw new StudioError('dataset.missingSplit', `Data set "${card.name}" has no labelled images to train on.`, {
      remedy: `It has: ${Object.keys(card.splits).join(', ') || 'none'}. Import a folder with a train split.`,
    });
  }
  const used = Math.min(train, asked.limit.train ?? train);
  // more than there are make one batch of all; what starts says so
  const request = { ...fromWeights(asked, start), batchSize: Math.min(asked.batchSize, used) };
  const preprocessing = resolvePreprocessing(request.preprocessing, card, model);
  const channels = channelsOf(preprocessing);
  const bad: BadField[] = [];
  for (const field of ['mean', 'std'] as const) {
    if (preprocessing[field].length !== channels)
      bad.push({
        field: `preprocessing.${field}`,
        problem: `has ${preprocessing[field].length} values; ${preprocessing.color} images have ${channels} channels`,
      });
  }
  if (request.earlyStopping && !card.splits.val?.count)
    bad.push({
      field: 'earlyStopping',
      problem: `watches ${request.earlyStopping.metric}, but data set "${card.name}" has no validation images`,
    });
  if (request.augmentation.cropPadding >= preprocessing.size)
    bad.push({
      field: 'augmentation.cropPadding',
      problem: `is ${request.augmentation.cropPadding}, as large as the image (${preprocessing.size})`,
    });
  bad.push(...recipeProblems(request, card.classNames.length));
  if (bad.length > 0) throw badSpec(bad);
  const shape = { size: preprocessing.size, channels, classes: card.classNames.length, options: request.model.options };
  describeNetwork(model, shape);
  const options = optionsThatFit(model, shape, start);
  if (request.fineTuning)
    bad.push(...layerProblems(request.fineTuning, layerNames(model, { ...shape, options }), request.epochs));
  if (bad.length > 0) throw badSpec(bad);
  return {
    ...request,
    model: { name: model.name, options },
    dataset: card.id,
    name: request.name ?? `${model.name} on ${card.name}`,
    preprocessing,
    fineTuning: resolveFineTuning(request.fineTuning, start, card, model, { ...shape, options }),
    classNames: card.classNames,
    classIds: card.classIds,
    datasetFingerprint: card.fingerprint,
  };
}

/**
 * Size, colours and channel statistics, from the request where it says so and else from the data set.
 * @throws {StudioError} run.badSpec
 */
export function resolvePreprocessing(
  asked: RunRequest['preprocessing'],
  card: DatasetCard,
  model: Model,
): Preprocessing {
  const color = asked.color ?? (card.grayOnly ? 'gray' : 'rgb');
  const statistics = channelStatistics(card, color);
  const parsed = Preprocessing.safeParse({
    ...asked,
    color,
    size: asked.size ?? ownSize(card, model),
    valueRange: asked.valueRange ?? card.valueRange,
    mean: asked.mean ?? statistics.mean,
    std: asked.std ?? statistics.std,
    scale: asked.scale ?? statistics.scale,
  });
  if (!parsed.success)
    throw badSpec(
      parsed.error.issues.map((issue) => ({
        field: `preprocessing.${issue.path.join('.')}`,
        problem: issueProblem(issue),
      })),
    );
  return parsed.data;
}

function ownSize(card: DatasetCard, model: Model): number {
  const { nativeSize } = card;
  const square = nativeSize && nativeSize.width === nativeSize.height ? nativeSize.width : DEFAULT_SIZE;
  return Math.max(model.minSize, Math.min(square, model.nativeSize));
}

/**
 * The mean of luma follows exactly from those of the channels; its standard deviation is taken as if the channels moved
 * together, as they nearly do.
 */
function channelStatistics(
  card: DatasetCard,
  color: Preprocessing['color'],
): { mean: number[]; std: number[]; scale?: number } {
  if (color === 'lab' || color === 'ab')
    return {
      scale: LAB_SCALING.scale,
      mean: LAB_SCALING.mean.slice(color === 'ab' ? 1 : 0),
      std: LAB_SCALING.std.slice(color === 'ab' ? 1 : 0),
    };
  const mean = card.channelMean;
  const std = card.channelStd.map((value) => Math.max(value, LEAST_STD));
  if (color === 'gray') {
    const weigh = (values: readonly number[]): number =>
      values.length === 1 ? values[0]! : LUMA.reduce((sum, share, i) => sum + share * values[i]!, 0);
    return { mean: [weigh(mean)], std: [weigh(std)] };
  }
  return color === 'bgr' ? { mean: mean.toReversed(), std: std.toReversed() } : { mean: [...mean], std };
}

/** One error that names every field. */
export function badSpec(fields: readonly BadField[]): StudioError {
  return new StudioError(
    'run.badSpec',
    `The run's settings are not valid: ${fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')}.`,
    {
      remedy: 'Correct these settings.',
      details: { fields: fields.map((field) => ({ ...field })) },
    },
  );
}
