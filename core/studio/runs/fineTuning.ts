/**
 * Fine-tuning resolved: what the weights decide of a run, which layers load and which are new, and the same in words.
 */
import type { DatasetCard } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { FineTuning, FineTuningRequest } from '../../../contract/fineTuning.ts';
import type { PreprocessingRequest } from '../../../contract/inputSpec.ts';
import type { ModelSpec, RunRequest, RunSpec } from '../../../contract/runSpec.ts';
import { describeNetwork, type LayerRow } from '../../models/describe.ts';
import { type Model, type NetworkShape, networkShapeOf } from '../../models/family.ts';
import { fineTuningPlan, layerNames, type LayerNames } from '../../models/layerChoice.ts';
import { getModel } from '../../models/registry.ts';
import { layerOfWeight } from '../../models/weightSpecs.ts';
import { matchClasses, type ClassList } from '../../../pure/classes/classMatch.ts';
import { firstNames } from '../../../pure/firstNames.ts';
import type { StartingPoint } from '../weights/startingPoint.ts';

/**
 * What a request leaves open that weights decide before the data set does: the network's options, the pictures' size,
 * colours and values.
 */
export function fromWeights(request: RunRequest, start: StartingPoint | null): RunRequest {
  if (!start) return request;
  const { model, preprocessing: asked } = request;
  const sameNetwork = getModel(model.name).name === getModel(start.model.name).name;
  return {
    ...request,
    model: { ...model, options: sameNetwork ? { ...start.model.options, ...model.options } : model.options },
    preprocessing: {
      size: start.size,
      ...(speaksOfTheSame(asked, start.preprocessing) ? { ...start.preprocessing, ...asked } : asked),
    },
  };
}

/** The weights' mean and spread belong to their colours. */
function speaksOfTheSame(asked: PreprocessingRequest, theirs: PreprocessingRequest | null): boolean {
  return theirs !== null && (asked.color ?? theirs.color) === theirs.color;
}

/** Values are the same, however they are written down; what the weights leave open is no difference. */
function feedsTheSame({ color, scale, mean, std }: RunSpec['preprocessing'], theirs: PreprocessingRequest): boolean {
  return (
    speaksOfTheSame({ color }, theirs) &&
    (theirs.scale ?? scale) === scale &&
    String(theirs.mean ?? mean) === String(mean) &&
    String(theirs.std ?? std) === String(std)
  );
}

/**
 * The shape in which most of the weights fit: the grid before the head stays what it was for them, whatever the size of
 * the pictures, and is pooled as it was.
 */
export function optionsThatFit(model: Model, asked: NetworkShape, start: StartingPoint | null): ModelSpec['options'] {
  const gridPooling = asked.options.gridPooling ?? start?.model.options.gridPooling;
  const shape = gridPooling ? { ...asked, options: { ...asked.options, gridPooling } } : asked;
  if (!start || !model.supports.includes('poolGrid') || shape.options.poolGrid !== undefined) return shape.options;
  const trained = { ...shape, size: start.size, options: start.model.options };
  const grid = describeNetwork(model, trained).layers.find(({ kind }) => kind.startsWith('adaptive'))?.output[0];
  const own = describeNetwork(model, shape).layers.find(({ kind }) => kind.startsWith('adaptive'))?.output[0];
  return grid === undefined || grid === own ? shape.options : { ...shape.options, poolGrid: grid };
}

/**
 * The request's choices with what was open decided: the head is new where the weights tell other classes apart.
 * @throws {StudioError} `weights.mismatch` naming the weights that are missing or of another shape among those to be
 *   loaded
 */
export function resolveFineTuning(
  choice: FineTuningRequest | null,
  start: StartingPoint | null,
  card: DatasetCard,
  model: Model,
  shape: NetworkShape,
): FineTuning | null {
  if (!choice) return null;
  const others = start !== null && (start.classes !== shape.classes || !hasClassesOf(start, card));
  const resolved: FineTuning = {
    ...choice,
    from: start?.source ?? null,
    newHead: start !== null && (choice.newHead ?? others),
  };
  if (start) requireFit(resolved, start, model, shape);
  return resolved;
}

/** Whether its outputs are known to stand for the data set's classes, in whatever order. */
function hasClassesOf({ outputs }: StartingPoint, { classIds, classNames }: DatasetCard): boolean {
  return outputs !== null && matchClasses(outputs, { ids: classIds, names: classNames }).onlyData.length === 0;
}

function requireFit(fineTuning: FineTuning, start: StartingPoint, model: Model, shape: NetworkShape): void {
  const names = layerNames(model, shape);
  const { loaded } = fineTuningPlan(fineTuning, names);
  const missing: string[] = [];
  const misshaped: string[] = [];
  const faults: string[] = [];
  const wanted = describeNetwork(model, shape).weights.filter(({ name }) => loaded.has(layerOfWeight(name)));
  for (const { name, shape: ours } of wanted) {
    const theirs = start.weights.get(name);
    if (!theirs) {
      missing.push(name);
      faults.push(`${name} is missing`);
    } else if (theirs.join() !== ours.join()) {
      misshaped.push(name);
      faults.push(`${name} should be [${ours.join(', ')}] and is [${theirs.join(', ')}]`);
    }
  }
  if (faults.length === 0) return;
  const headIsWrong = [...missing, ...misshaped].every((name) => names.head.has(layerOfWeight(name)));
  throw new StudioError(
    'weights.mismatch',
    `${start.title} does not fit ${model.name} at ${shape.size} × ${shape.size} × ` +
      `${shape.channels} with ${shape.classes} classes: ` +
      `${faults.slice(0, 5).join('; ')}${faults.length > 5 ? `; and ${faults.length - 5} more` : ''}.`,
    {
      remedy: headIsWrong
        ? 'Take a new head (--new-head).'
        : 'Choose the network, size and options that they were trained with, or say which layers ' +
          'to load (--init-layers).',
      details: { missing, misshaped, unused: [...start.unused].slice(0, 100) },
    },
  );
}

export interface FineTuningWords {
  /** "13 convolutions frozen, head new, 4.1 M of 138 M parameters train". */
  readonly summary: string;
  /** What was decided for the user, and what is worth a second look. */
  readonly notes: string[];
  /** Numbers that train from the first step, and once all is unfrozen. */
  readonly trained: number;
  readonly trainedAtLast: number;
}

/** Null for a run without fine-tuning. */
export function describeFineTuning(spec: RunSpec, start: StartingPoint | null): FineTuningWords | null {
  const { fineTuning } = spec;
  if (!fineTuning) return null;
  const model = getModel(spec.model.name);
  const shape = networkShapeOf(spec);
  const names = layerNames(model, shape);
  const { loaded, startEpoch } = fineTuningPlan(fineTuning, names);
  const { layers, learnable } = describeNetwork(model, shape);
  const weighted = layers.filter(({ weights }) => weights.length > 0);
  const frozen = weighted.filter(({ name }) => startEpoch.get(name) !== 0);
  const sum = (some: readonly LayerRow[]): number => some.reduce((total, layer) => total + layer.learnable, 0);
  const trained = sum(weighted.filter(({ name }) => startEpoch.get(name) === 0));
  const trainedAtLast = sum(weighted.filter(({ name }) => startEpoch.has(name)));
  const later = [...new Set(startEpoch.values())]
    .filter((epoch) => epoch > 0)
    .sort((a, b) => a - b)
    .map(
      (epoch) => `${counted(weighted.filter(({ name }) => startEpoch.get(name) === epoch))} from epoch ${epoch + 1} on`,
    );
  const parts = [
    frozen.length > 0 ? `${counted(frozen)} frozen` : 'nothing frozen',
    ...(later.length > 0 ? [`of these ${later.join(', ')}`] : []),
    ...headWords(fineTuning, names, loaded),
    `${short(trained)} of ${short(learnable)} parameters train`,
  ];
  return { summary: parts.join(', '), notes: notesOf(spec, fineTuning, names, loaded, start), trained, trainedAtLast };
}

function headWords({ from, newHead }: FineTuning, names: LayerNames, loaded: ReadonlySet<string>): string[] {
  if (!from) return ['all from the seed'];
  const others = names.all.filter((name) => !loaded.has(name) && !names.head.has(name)).length;
  return [
    newHead || [...names.head].every((name) => !loaded.has(name)) ? 'head new' : 'head kept',
    ...(others > 0 ? [`${others} other layers new`] : []),
  ];
}

function notesOf(
  spec: RunSpec,
  { from, newHead, trains, unfreeze }: FineTuning,
  names: LayerNames,
  loaded: ReadonlySet<string>,
  start: StartingPoint | null,
): string[] {
  const {
    preprocessing: { size, color, scale, mean, std },
    model,
  } = spec;
  const notes: string[] = [];
  if (start) {
    notes.push(`Starts from ${start.title}: ${loaded.size} of ${names.all.length} layers.`);
    if (newHead) notes.push(`New head ${[...names.head].join(', ')} ${newHeadWords(start, spec)}.`);
    else if (start.outputs === null)
      notes.push('The head is kept, though the weights do not say which classes its outputs stand for.');
    else if (!matchClasses(start.outputs, classesOf(spec)).sameOrder)
      notes.push('The head is kept; its outputs are brought to the order of the data set.');
    const numbers = (values: readonly number[]): string =>
      values.map((value) => Number(value.toPrecision(6))).join(', ');
    const fed = !start.preprocessing
      ? 'as the data set says, since the weights do not'
      : feedsTheSame(spec.preprocessing, start.preprocessing)
        ? 'as the weights need them'
        : 'as this run says, not as the weights need them';
    notes.push(
      `Images are fed ${fed}: ${size} × ${size}, ${color}, ` +
        `(value / ${scale} − ${numbers(mean)}) / ${numbers(std)}.`,
    );
    if (model.options.poolGrid !== undefined && size !== start.size)
      notes.push(
        `Pooled to ${model.options.poolGrid} × ${model.options.poolGrid} before the ` +
          `head${loaded.size === names.all.length - (newHead ? names.head.size : 0) ? ', as for the weights' : ''}.`,
      );
    if (start.unused.length > 0) notes.push(`Not needed of the file: ${firstNames(start.unused)}.`);
  }
  if (!from && (trains.kind !== 'all' || unfreeze.length > 0))
    notes.push('Frozen layers keep the random values of the seed: there are no weights to start from.');
  return notes;
}

const classesOf = ({ classIds, classNames }: RunSpec): ClassList => ({ ids: classIds, names: classNames });

/** Why the head is new, as far as the weights tell. */
function newHeadWords({ classes, outputs }: StartingPoint, spec: RunSpec): string {
  const wanted = `for ${spec.classNames.length} classes`;
  if (classes === null) return `${wanted}; the file has no head that is known here`;
  if (classes !== spec.classNames.length) return `${wanted}; the weights tell ${classes} apart`;
  if (outputs === null) return `${wanted}; the weights do not say which classes theirs are`;
  const { common } = matchClasses(outputs, classesOf(spec));
  return common < classes ? `${wanted}; the weights know ${common} of them` : wanted;
}

const KINDS: Readonly<Record<string, readonly [string, string]>> = {
  conv: ['convolution', 'convolutions'],
  dense: ['dense layer', 'dense layers'],
  batchNorm: ['BatchNorm', 'BatchNorms'],
};

function counted(layers: readonly LayerRow[]): string {
  const groups = Map.groupBy(layers, ({ kind }) => kind);
  return [...groups]
    .map(([kind, { length }]) => `${length} ${(KINDS[kind] ?? ['layer', 'layers'])[length === 1 ? 0 : 1]}`)
    .join(' and ');
}

/** 138,357,544 as "138 M". */
function short(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
    .format(value)
    .replace(/([KMB])$/, ' $1')
    .replace('K', 'k');
}
