/** Brings a foreign file's tensors to a network of ours: names, axis order, and a strict account of what did not fit. */
import { StudioError } from '../../contract/errors.ts';
import { describeNetwork } from '../models/describe.ts';
import type { Model, NetworkShape, PublishedInput } from '../models/family.ts';
import type { WeightSpec } from '../models/weightSpecs.ts';
import { foldEpsilon, sourceEpsilons } from './batchNormEpsilon.ts';
import { detectLayout, reorderTo, type ConvOrder, type KernelLayout } from './kernelLayout.ts';
import { layerOf, type Match, matchNames } from './matchNames.ts';
import { caffeMaps } from './nameMaps/caffe.ts';
import { dpnMaps } from './nameMaps/dpn.ts';
import { sameNames } from './nameMaps/generic.ts';
import { inceptionMaps } from './nameMaps/inception.ts';
import type { NameMap } from './nameMaps/nameMap.ts';
import { residualMaps } from './nameMaps/residual.ts';
import { vggMaps } from './nameMaps/vgg.ts';
import { xceptionMaps } from './nameMaps/xception.ts';
import type { WeightFile } from '../formats/weightFile.ts';

/** Own names first: a file of ours needs no translation. */
const NAME_MAPS: readonly NameMap[] = [
  sameNames,
  ...vggMaps,
  ...residualMaps,
  ...inceptionMaps,
  ...xceptionMaps,
  ...dpnMaps,
  ...caffeMaps,
];
/** Counters of training that no network needs. */
const IGNORED = /(^|[./])num_batches_tracked$/;
const SHOWN = 20;

export interface MappedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A tensor that fits, still in its file. `read` brings the values in our order, in an array of the caller's own. Errors: `weights.damaged`. */
export interface PlannedTensor {
  readonly shape: readonly number[];
  read(): Float32Array;
}

/** How a file fits a network, as far as names and shapes tell: nothing is read yet. */
export interface WeightsPlan {
  readonly tensors: ReadonlyMap<string, PlannedTensor>;
  readonly report: Omit<MapReport, 'notFinite'>;
  readonly card: WeightsCard;
}

export interface MapReport {
  /** Every weight of the network, in its order, with the tensor it is taken from; `made` where the naming says its values though the file has none. */
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly from: { readonly name: string; readonly shape: readonly number[] } | null;
    readonly made: boolean;
  }[];
  /** Names of our weights that were filled. */
  readonly loaded: readonly string[];
  /** Left at their initial values because the caller said so. */
  readonly skipped: readonly string[];
  /** Weights of the network that the file does not have. */
  readonly missing: readonly string[];
  /** Tensors of the file that the network does not need. */
  readonly unused: readonly string[];
  readonly misshaped: readonly {
    readonly name: string;
    readonly foreignName: string;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  }[];
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

/** The axis order usual for a format; formats without one are told by PyTorch's word `weight`. */
function usualOrder(file: WeightFile): ConvOrder {
  if (file.format === 'pytorch' || file.format === 'caffemodel') return 'oihw';
  if (file.format === 'keras' || file.format === 'keras-h5' || file.format === 'tf-checkpoint') return 'hwio';
  return [...file.tensors.keys()].some((name) => name.endsWith('.weight')) ? 'oihw' : 'hwio';
}

function describeTensors(file: WeightFile): string {
  const rows = [...file.tensors]
    .slice(0, SHOWN)
    .map(([name, { shape }]) => `${name.slice(0, 120)} [${shape.join(', ')}]`);
  return rows.join('; ') + (file.tensors.size > SHOWN ? `; and ${file.tensors.size - SHOWN} more` : '');
}

/** Whether no value is infinite or NaN. */
export function allFinite(values: Float32Array): boolean {
  // The sum of zeros stays zero unless a value is infinite or NaN.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}

/**
 * Reads every tensor that fits. The report says what does not; `requireComplete` turns it into an error.
 * @throws StudioError as `planWeights`, and as the file's `read` does
 */
export function mapWeights(
  file: WeightFile,
  model: Model,
  shape: NetworkShape,
  options: MapOptions = {},
): { tensors: Map<string, MappedTensor>; report: MapReport; card: WeightsCard } {
  const plan = planWeights(file, model, shape, options);
  const tensors = new Map<string, MappedTensor>();
  const notFinite: string[] = [];
  for (const [name, tensor] of plan.tensors) {
    const data = tensor.read();
    if (!allFinite(data)) notFinite.push(name);
    tensors.set(name, { shape: tensor.shape, data });
  }
  return {
    tensors,
    report: { ...plan.report, notFinite },
    card: { ...plan.card, notes: [...plan.card.notes, ...notFiniteNotes(notFinite)] },
  };
}

/** What a user must be told of weights that are no finite numbers; nothing where all are. */
export function notFiniteNotes(names: readonly string[]): string[] {
  return names.length === 0
    ? []
    : [
        `${names.length} weights hold values that are no finite numbers (${names.slice(0, 5).join(', ')}); the network cannot work with them.`,
      ];
}

/**
 * Finds every tensor that fits, by names and shapes.
 * @throws StudioError weights.mismatch when no tensor's name fits the network (the message shows what the file holds)
 */
export function planWeights(
  file: WeightFile,
  model: Model,
  shape: NetworkShape,
  options: MapOptions = {},
): WeightsPlan {
  const { layers, weights } = describeNetwork(model, shape);
  const skipLayers = new Set(options.skipLayers ?? []);
  const withWeights = layers.filter((layer) => layer.weights.length > 0);
  for (const name of skipLayers)
    if (!withWeights.some((layer) => layer.name === name))
      throw new StudioError('input.invalid', `${model.name} has no layer "${name}".`, {
        remedy: `Its layers: ${withWeights.map((layer) => layer.name).join(', ')}.`,
      });
  const candidates = NAME_MAPS.filter(
    ({ family, formats }) => (family === null || family === model.family) && (formats?.includes(file.format) ?? true),
  ).map((map) => ({ map, matches: matchNames(file, map, layers, weights) }));
  // The first map wins a tie, as sort is stable.
  const best = candidates.sort((a, b) => b.matches.length - a.matches.length)[0]!;
  refuseOthers(
    file,
    model,
    candidates
      .filter(({ matches }) => matches.length === best.matches.length && matches.length > 0)
      .map(({ map }) => map.refuses?.(model, layers) ?? null),
  );
  if (best.matches.length === 0) {
    throw new StudioError(
      'weights.mismatch',
      `${file.path} holds no weights of ${model.name}. It holds ${describeTensors(file)}.`,
      { remedy: 'Choose weights of this network, or the network these weights belong to.' },
    );
  }
  // A network of the very same names gets its preprocessing from the map that says more, where one matches as well.
  const informed =
    candidates.find(
      ({ map, matches }) =>
        (map.preprocessing !== null || map.formats !== undefined) &&
        matches.length === best.matches.length &&
        file.format !== 'safetensors',
    ) ?? best;
  const usual = usualOrder(file);
  const layout = detectLayout(
    best.matches.map(({ spec, tensor, part }) => ({
      ours: part ? [...spec.shape.slice(0, -1), part.of] : spec.shape,
      theirs: tensor.shape,
    })),
    usual,
  );
  const tensors = new Map<string, PlannedTensor>();
  const misshaped: { name: string; foreignName: string; expected: readonly number[]; found: readonly number[] }[] = [];
  const epsilons = sourceEpsilons(file, informed.map, layers, best.matches);
  for (const { spec, foreignName, tensor, grid, part } of best.matches) {
    if (skipLayers.has(layerOf(spec))) continue;
    const whole = part ? [...spec.shape.slice(0, -1), part.of] : spec.shape;
    const reorder = reorderTo(whole, tensor.shape, layout, grid);
    if (!reorder) {
      misshaped.push({ name: spec.name, foreignName: foreignName ?? spec.name, expected: whole, found: tensor.shape });
      continue;
    }
    const own = (values: Float32Array): Float32Array => (part ? columns(reorder(values), part) : reorder(values));
    const epsilon = spec.kind === 'variance' ? epsilons.of(layerOf(spec)) : null;
    tensors.set(spec.name, {
      shape: spec.shape,
      read: () => (epsilon ? foldEpsilon(own(tensor.read()), epsilon) : own(tensor.read())),
    });
  }
  const used = new Set(best.matches.map(({ foreignName }) => foreignName));
  const found = new Map(best.matches.map((match) => [match.spec.name, match]));
  const isSkipped = (spec: WeightSpec): boolean => skipLayers.has(layerOf(spec));
  const report: Omit<MapReport, 'notFinite'> = {
    weights: weights.map(({ name, shape: sides }) => {
      const match = found.get(name);
      return {
        name,
        shape: sides,
        from: match?.foreignName ? { name: match.foreignName, shape: match.tensor.shape } : null,
        made: match !== undefined && match.foreignName === null,
      };
    }),
    loaded: [...tensors.keys()],
    skipped: weights.filter(isSkipped).map(({ name }) => name),
    missing: weights.filter((spec) => !isSkipped(spec) && !found.has(spec.name)).map(({ name }) => name),
    unused: [...file.tensors.keys()].filter((name) => !used.has(name) && !IGNORED.test(name)),
    misshaped,
  };
  return {
    tensors,
    report,
    card: makeCard(
      file,
      model,
      informed.map,
      layout,
      usual,
      epsilons.notes,
      best.matches.some(({ grid }) => grid !== null && grid[0]! * grid[1]! > 1),
    ),
  };
}

/** Names and shapes of another network that computes something else: not taken, however well they fit. */
function refuseOthers(file: WeightFile, model: Model, reasons: readonly (string | null)[]): void {
  const [reason] = reasons;
  // One naming that is the network's own is enough; its own names in a file of Caffe's are not told apart from Caffe's.
  if (reason === undefined || reasons.every((one) => one === null)) return;
  if (file.format !== 'caffemodel' && reasons.includes(null)) return;
  throw new StudioError(
    'weights.mismatch',
    `${file.path} fits ${model.name} by shapes alone. ${reasons.find((one) => one !== null)}`,
    { remedy: 'Choose the network these weights were trained with.' },
  );
}

function columns(values: Float32Array, { from, to, of }: NonNullable<Match['part']>): Float32Array {
  const width = to - from;
  const rows = values.length / of;
  const out = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) out.set(values.subarray(row * of + from, row * of + to), row * width);
  return out;
}

function makeCard(
  file: WeightFile,
  model: Model,
  map: NameMap,
  layout: KernelLayout,
  usual: ConvOrder,
  epsilons: readonly string[],
  flattened: boolean,
): WeightsCard {
  const notes = [...file.notes, ...map.notes, ...epsilons];
  if (layout.conv !== usual)
    notes.push(
      `Kernels are stored as ${layout.conv === 'oihw' ? '[out, in, height, width]' : '[height, width, in, out]'}, unlike usual in this format; their shapes show it, and they were reordered.`,
    );
  if (layout.flatten === 'chw' && flattened)
    notes.push(
      'The first dense layer was trained on inputs flattened by channel, row, column; its rows were reordered.',
    );
  const preprocessing = map.preprocessing ?? (map.family === null ? null : model.preprocessing);
  return { format: file.format, naming: map.title, layout, preprocessing, notes };
}

/** @throws StudioError weights.mismatch naming the first weights that are missing or have another shape */
export function requireComplete(
  report: Pick<MapReport, 'missing' | 'misshaped' | 'unused'>,
  model: Model,
  path: string,
): void {
  const faults = [
    ...report.misshaped.map(
      ({ name, expected, found }) => `${name} should be [${expected.join(', ')}] and is [${found.join(', ')}]`,
    ),
    ...report.missing.map((name) => `${name} is missing`),
  ];
  if (faults.length === 0) return;
  const extra = faults.length > 5 ? `; and ${faults.length - 5} more` : '';
  throw new StudioError(
    'weights.mismatch',
    `${path} does not fit ${model.name}: ${faults.slice(0, 5).join('; ')}${extra}.`,
    {
      remedy:
        'Choose the network, input size and options these weights were trained with, or replace the layers that differ.',
      details: {
        missing: [...report.missing],
        misshaped: report.misshaped.map(({ name }) => name),
        unused: [...report.unused].slice(0, 100),
      },
    },
  );
}
