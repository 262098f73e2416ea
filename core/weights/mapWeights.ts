/** Brings a foreign file's tensors to a network of ours: names, axis order, and a strict account of what did not fit. */
import { StudioError } from '../../contract/errors.ts';
import { describeNetwork, type LayerRow } from '../models/describe.ts';
import type { Model, NetworkShape, PublishedInput } from '../models/family.ts';
import type { WeightSpec } from '../models/weightSpecs.ts';
import { detectLayout, reorderTo, type ConvOrder, type KernelLayout } from './kernelLayout.ts';
import { sameNames } from './nameMaps/generic.ts';
import { KIND_NAMES, type NameMap } from './nameMaps/nameMap.ts';
import { residualMaps } from './nameMaps/residual.ts';
import { vggMaps } from './nameMaps/vgg.ts';
import type { WeightFile, WeightTensor } from './weightFile.ts';

/** Own names first: a file of ours needs no translation. */
const NAME_MAPS: readonly NameMap[] = [sameNames, ...vggMaps, ...residualMaps];
/** Counters of training that no network needs. */
const IGNORED = /(^|[./])num_batches_tracked$/;
const SHOWN = 20;

export interface MappedTensor { readonly shape: readonly number[]; readonly data: Float32Array }

export interface MapReport {
  /** Names of our weights that were filled. */
  readonly loaded: readonly string[];
  /** Left at their initial values because the caller said so. */
  readonly skipped: readonly string[];
  /** Weights of the network that the file does not have. */
  readonly missing: readonly string[];
  /** Tensors of the file that the network does not need. */
  readonly unused: readonly string[];
  readonly misshaped: readonly { readonly name: string; readonly foreignName: string; readonly expected: readonly number[]; readonly found: readonly number[] }[];
  /** Weights with values that are no finite numbers. */
  readonly notFinite: readonly string[];
}

/** What must travel with imported weights. */
export interface WeightsCard {
  readonly format: WeightFile['format'];
  /** Whose naming was recognised. */
  readonly naming: string;
  readonly layout: KernelLayout;
  /** How the weights want their pictures; null where unknown, then the self-check has to find it. */
  readonly preprocessing: PublishedInput | null;
  readonly notes: readonly string[];
}

export interface MapOptions {
  /** Layers not to load, as `fc8` when the head is replaced. */
  readonly skipLayers?: readonly string[];
}

interface Match { readonly spec: WeightSpec; readonly foreignName: string; readonly tensor: WeightTensor; readonly grid: readonly number[] | null }

function layerOf(spec: WeightSpec): string {
  return spec.name.slice(0, spec.name.lastIndexOf('/'));
}

function findForeign(file: WeightFile, layer: string, kind: string): string | null {
  for (const base of [layer, layer.replaceAll('/', '.')]) {
    for (const word of KIND_NAMES[kind] ?? [kind]) {
      for (const separator of ['/', '.']) if (file.tensors.has(`${base}${separator}${word}`)) return `${base}${separator}${word}`;
    }
  }
  return null;
}

/** Map sides and channels in front of each dense layer that follows a flattening. */
function flattenGrids(layers: readonly LayerRow[]): Map<string, readonly number[]> {
  const grids = new Map<string, readonly number[]>();
  let grid: readonly number[] | null = null;
  for (const { kind, name, input } of layers) {
    if (kind === 'flatten') grid = input;
    else if (kind === 'dense') {
      if (grid && input[0] === grid.reduce((result, size) => result * size, 1)) grids.set(name, grid);
      grid = null;
    }
  }
  return grids;
}

function matchNames(file: WeightFile, map: NameMap, layers: readonly LayerRow[], specs: readonly WeightSpec[]): Match[] {
  const names = map.layerNames(layers);
  const grids = flattenGrids(layers);
  const matches: Match[] = [];
  for (const spec of specs) {
    const layer = layerOf(spec);
    const foreignName = findForeign(file, names.get(layer) ?? layer, spec.kind);
    if (foreignName !== null) matches.push({ spec, foreignName, tensor: file.tensors.get(foreignName)!, grid: spec.kind === 'kernel' ? grids.get(layer) ?? null : null });
  }
  return matches;
}

/** The axis order usual for a format; formats without one are told by PyTorch's word `weight`. */
function usualOrder(file: WeightFile): ConvOrder {
  if (file.format === 'pytorch' || file.format === 'caffemodel') return 'oihw';
  if (file.format === 'keras' || file.format === 'keras-h5' || file.format === 'tf-checkpoint') return 'hwio';
  return [...file.tensors.keys()].some((name) => name.endsWith('.weight')) ? 'oihw' : 'hwio';
}

function describeTensors(file: WeightFile): string {
  const rows = [...file.tensors].slice(0, SHOWN).map(([name, { shape }]) => `${name.slice(0, 120)} [${shape.join(', ')}]`);
  return rows.join('; ') + (file.tensors.size > SHOWN ? `; and ${file.tensors.size - SHOWN} more` : '');
}

function isFinite(values: Float32Array): boolean {
  // The sum of zeros stays zero unless a value is infinite or NaN.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}

/**
 * Reads every tensor that fits. The report says what does not; `requireComplete` turns it into an error.
 * @throws StudioError weights.mismatch when no tensor's name fits the network (the message shows what the file holds), and as the file's `read` does
 */
export function mapWeights(file: WeightFile, model: Model, shape: NetworkShape, options: MapOptions = {}): { tensors: Map<string, MappedTensor>; report: MapReport; card: WeightsCard } {
  const { layers, weights } = describeNetwork(model, shape);
  const skipLayers = new Set(options.skipLayers ?? []);
  const withWeights = layers.filter((layer) => layer.weights.length > 0);
  for (const name of skipLayers) if (!withWeights.some((layer) => layer.name === name)) throw new StudioError('input.invalid', `${model.name} has no layer "${name}".`, { remedy: `Its layers: ${withWeights.map((layer) => layer.name).join(', ')}.` });
  const candidates = NAME_MAPS.filter(({ family }) => family === null || family === model.family)
    .map((map) => ({ map, matches: matchNames(file, map, layers, weights) }));
  // The first map wins a tie, as sort is stable.
  const best = candidates.sort((a, b) => b.matches.length - a.matches.length)[0]!;
  if (best.matches.length === 0) {
    throw new StudioError('weights.mismatch', `${file.path} holds no weights of ${model.name}. It holds ${describeTensors(file)}.`, { remedy: 'Choose weights of this network, or the network these weights belong to.' });
  }
  // A network of the very same names gets its preprocessing from the map that says more, where one matches as well.
  const informed = candidates.find(({ map, matches }) => map.preprocessing !== null && matches.length === best.matches.length && file.format !== 'safetensors') ?? best;
  const usual = usualOrder(file);
  const layout = detectLayout(best.matches.map(({ spec, tensor }) => ({ ours: spec.shape, theirs: tensor.shape })), usual);
  const tensors = new Map<string, MappedTensor>();
  const misshaped: { name: string; foreignName: string; expected: readonly number[]; found: readonly number[] }[] = [];
  const notFinite: string[] = [];
  for (const { spec, foreignName, tensor, grid } of best.matches) {
    if (skipLayers.has(layerOf(spec))) continue;
    const reorder = reorderTo(spec.shape, tensor.shape, layout, grid);
    if (!reorder) { misshaped.push({ name: spec.name, foreignName, expected: spec.shape, found: tensor.shape }); continue; }
    const data = reorder(tensor.read());
    if (!isFinite(data)) notFinite.push(spec.name);
    tensors.set(spec.name, { shape: spec.shape, data });
  }
  const used = new Set(best.matches.map(({ foreignName }) => foreignName));
  const found = new Set(best.matches.map(({ spec }) => spec.name));
  const isSkipped = (spec: WeightSpec): boolean => skipLayers.has(layerOf(spec));
  const report: MapReport = {
    loaded: [...tensors.keys()],
    skipped: weights.filter(isSkipped).map(({ name }) => name),
    missing: weights.filter((spec) => !isSkipped(spec) && !found.has(spec.name)).map(({ name }) => name),
    unused: [...file.tensors.keys()].filter((name) => !used.has(name) && !IGNORED.test(name)),
    misshaped, notFinite,
  };
  return { tensors, report, card: makeCard(file, model, informed.map, layout, usual, report, weights) };
}

function makeCard(file: WeightFile, model: Model, map: NameMap, layout: KernelLayout, usual: ConvOrder, report: MapReport, weights: readonly WeightSpec[]): WeightsCard {
  const notes = [...file.notes, ...map.notes];
  if (layout.conv !== usual) notes.push(`Kernels are stored as ${layout.conv === 'oihw' ? '[out, in, height, width]' : '[height, width, in, out]'}, unlike usual in this format; their shapes show it, and they were reordered.`);
  if (layout.flatten === 'chw' && report.loaded.length > 0) notes.push('The first dense layer was trained on inputs flattened by channel, row, column; its rows were reordered.');
  if (weights.some(({ kind }) => kind === 'variance') && (file.format === 'keras' || file.format === 'keras-h5')) notes.push("Keras's BatchNorm adds 0.001 to the variance unless set otherwise; this network adds 0.00001.");
  if (report.notFinite.length > 0) notes.push(`${report.notFinite.length} weights hold values that are no finite numbers (${report.notFinite.slice(0, 5).join(', ')}); the network cannot work with them.`);
  const preprocessing = map.preprocessing ?? (map.family === null ? null : model.preprocessing);
  return { format: file.format, naming: map.title, layout, preprocessing, notes };
}

/** @throws StudioError weights.mismatch naming the first weights that are missing or have another shape */
export function requireComplete(report: MapReport, model: Model, path: string): void {
  const faults = [
    ...report.misshaped.map(({ name, expected, found }) => `${name} should be [${expected.join(', ')}] and is [${found.join(', ')}]`),
    ...report.missing.map((name) => `${name} is missing`),
  ];
  if (faults.length === 0) return;
  const extra = faults.length > 5 ? `; and ${faults.length - 5} more` : '';
  throw new StudioError('weights.mismatch', `${path} does not fit ${model.name}: ${faults.slice(0, 5).join('; ')}${extra}.`, {
    remedy: 'Choose the network, input size and options these weights were trained with, or replace the layers that differ.',
    details: { missing: [...report.missing], misshaped: report.misshaped.map(({ name }) => name), unused: [...report.unused].slice(0, 100) },
  });
}
