/**
 * Which of a network's layers a fine-tuning means: patterns become names, names become the epoch from which a layer
 * trains. Pure; host and trainer agree by it.
 */
import type { FineTuning, FineTuningRequest, LayerPattern } from '../../contract/fineTuning.ts';
import { describeNetwork } from './describe.ts';
import type { Model, NetworkShape } from './family.ts';
import { depthBelowHead } from './layerBlocks.ts';

export interface LayerNames {
  /** Layers with weights, in the order they are built. */
  readonly all: readonly string[];
  /** Those whose shape depends on the number of classes. */
  readonly head: ReadonlySet<string>;
}

/** @throws {StudioError} model.inputTooSmall, model.badOption: as `describeNetwork` does */
export function layerNames(model: Model, shape: NetworkShape): LayerNames {
  const shapes = (classes: number): Map<string, string> =>
    new Map(
      describeNetwork(model, { ...shape, classes })
        .layers.filter(({ weights }) => weights.length > 0)
        .map(({ name, weights }) => [name, JSON.stringify(weights.map((weight) => weight.shape))]),
    );
  const own = shapes(shape.classes);
  const other = shapes(shape.classes + 1);
  return {
    all: [...own.keys()],
    head: new Set([...own].filter(([name, text]) => other.get(name) !== text).map(([name]) => name)),
  };
}

/** The layers of `pattern`, and its parts that name none. */
export function matchLayers(
  pattern: LayerPattern,
  { all, head }: LayerNames,
): { readonly layers: ReadonlySet<string>; readonly unknown: readonly string[] } {
  const layers = new Set<string>();
  const unknown: string[] = [];
  for (const part of pattern
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean)) {
    const expression = new RegExp(
      `^${part
        .split('*')
        .map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        .join('.*')}$`,
    );
    const found = all.filter((name) => expression.test(name) || (part === 'head' && head.has(name)));
    if (found.length === 0) unknown.push(part);
    for (const name of found) layers.add(name);
  }
  return { layers, unknown };
}

export interface FineTuningPlan {
  /** Taken from the weights; the others start from the seed. */
  readonly loaded: ReadonlySet<string>;
  /** Epochs to be done before a layer trains: 0 = from the start; a layer that never trains has none. */
  readonly startEpoch: ReadonlyMap<string, number>;
  /** Of the learning rate; 1 where left out. */
  readonly lrFactor: ReadonlyMap<string, number>;
}

/**
 * Null stands for a run without fine-tuning: nothing is loaded, everything trains. `layerDecay` is the factor of the
 * learning rate from each block to the one below it (Clark et al. 2020, arXiv:2003.10555; Bao et al. 2021,
 * arXiv:2106.08254); factors of single layers multiply it.
 */
export function fineTuningPlan(fineTuning: FineTuning | null, names: LayerNames, layerDecay = 1): FineTuningPlan {
  const startEpoch = new Map(names.all.map((name) => [name, 0]));
  const lrFactor = new Map<string, number>(
    layerDecay === 1 ? [] : [...depthBelowHead(names.all)].map(([name, depth]) => [name, layerDecay ** depth]),
  );
  const decayed = new Map(lrFactor);
  if (!fineTuning) return { loaded: new Set(), startEpoch, lrFactor };
  const { from, newHead, loads, unfreeze, lrFactors } = fineTuning;
  const trained = trainedFromStart(fineTuning.trains, names);
  for (const name of names.all) if (!trained.has(name)) startEpoch.delete(name);
  for (const { epoch, layers } of unfreeze)
    for (const name of matchLayers(layers, names).layers)
      startEpoch.set(name, Math.min(epoch, startEpoch.get(name) ?? Infinity));
  for (const { layers, factor } of lrFactors)
    for (const name of matchLayers(layers, names).layers) lrFactor.set(name, factor * (decayed.get(name) ?? 1));
  const loaded = from ? [...matchLayers(loads, names).layers].filter((name) => !(newHead && names.head.has(name))) : [];
  return { loaded: new Set(loaded), startEpoch, lrFactor };
}

function trainedFromStart(trains: FineTuning['trains'], names: LayerNames): ReadonlySet<string> {
  switch (trains.kind) {
    case 'all':
      return new Set(names.all);
    case 'only':
      return matchLayers(trains.layers, names).layers;
    case 'except': {
      const { layers } = matchLayers(trains.layers, names);
      return new Set(names.all.filter((name) => !layers.has(name)));
    }
    case 'from': {
      const { layers } = matchLayers(trains.layer, names);
      return new Set(names.all.slice(names.all.findIndex((name) => layers.has(name))));
    }
  }
}

/** What is wrong with a choice of layers, by field; empty when all is well. */
export function layerProblems(
  choice: FineTuningRequest,
  names: LayerNames,
  epochs: number,
): { field: string; problem: string }[] {
  const bad: { field: string; problem: string }[] = [];
  const check = (field: string, pattern: LayerPattern): void => {
    const { unknown } = matchLayers(pattern, names);
    if (unknown.length > 0)
      bad.push({
        field: `fineTuning.${field}`,
        problem: `names no layer of the network: ${unknown.join(', ')}; there are ${listed(names.all)}`,
      });
  };
  const { from, newHead, loads, trains, lrFactors, unfreeze } = choice;
  if (from) check('loads', loads);
  if (!from && newHead)
    bad.push({ field: 'fineTuning.from', problem: 'is missing: a new head needs weights for all that is below it' });
  if (trains.kind !== 'all') check('trains', trains.kind === 'from' ? trains.layer : trains.layers);
  for (const { layers } of lrFactors) check('lrFactors', layers);
  for (const { epoch, layers } of unfreeze) {
    check('unfreeze', layers);
    if (epoch >= epochs)
      bad.push({ field: 'fineTuning.unfreeze', problem: `waits for ${epoch} epochs, the run has ${epochs}` });
  }
  if (bad.length === 0 && trainedFromStart(trains, names).size === 0)
    bad.push({ field: 'fineTuning.trains', problem: 'leaves no layer to train' });
  return bad;
}

const SHOWN = 12;
function listed(names: readonly string[]): string {
  return names.length <= SHOWN
    ? names.join(', ')
    : `${names.slice(0, SHOWN / 2).join(', ')}, … ${names.slice(-SHOWN / 2).join(', ')}`;
}
