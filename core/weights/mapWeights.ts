/**
 * Brings a foreign file's tensors to a network of ours: names, axis order, and a strict account of what did not fit.
 */
import type { PublishedInput } from '../../contract/network.ts';
import { StudioError } from '../../contract/errors.ts';
import type { MappingReport } from '../../contract/weights/weights.ts';
import { describeNetwork, type LayerRow } from '../models/describe.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import type { WeightSpec } from '../models/weightSpecs.ts';
import type { WeightFile } from '../formats/weightFile.ts';
import { foldEpsilon, sourceEpsilons } from './batchNormEpsilon.ts';
import { readTable } from './embeddings.ts';
import { findNaming, type NameChoices, type Naming } from './findNaming.ts';
import { fitShape, hasHead, type KnownShape, usualShape } from './fitShape.ts';
import { detectLayout, reorderTo, type ConvOrder, type KernelLayout } from './kernelLayout.ts';
import { flattenGrids, layerOf, type Match } from './matchNames.ts';

/** Counters of training, and tables that follow from a network's shape: no weights. */
const IGNORED = /(^|[./])(num_batches_tracked|n_averaged|relative_position_index|attn_mask)$/;

export interface MappedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A tensor that fits, still in its file. */
export interface PlannedTensor {
  readonly shape: readonly number[];
  /**
   * The values in our order, in an array of the caller's own.
   * @throws {StudioError} weights.damaged
   */
  read(): Float32Array;
}

/**
 * How a file's names and shapes met a network's; what the file is fed with and what its values are, is told elsewhere.
 */
export type FitReport = Pick<MappingReport, 'weights' | 'loaded' | 'missing' | 'unused' | 'misshaped'> & {
  /** Left at their initial values because the caller said so. */
  skipped: string[];
};

/** How a file fits a network, as far as names and shapes tell: nothing is read yet. */
export interface WeightsPlan {
  /** Of the network that the tensors belong to. */
  readonly shape: NetworkShape;
  readonly tensors: ReadonlyMap<string, PlannedTensor>;
  readonly report: FitReport;
  readonly card: WeightsCard;
  /** Whether the file has a classifier for this network. */
  readonly hasHead: boolean;
}

/** A plan carried out: every value is in memory. */
export interface MappedWeights {
  readonly tensors: ReadonlyMap<string, MappedTensor>;
  /** `notFinite`: weights with values that are no finite numbers. */
  readonly report: FitReport & Pick<MappingReport, 'notFinite'>;
  readonly card: WeightsCard;
}

/** What must travel with imported weights. */
export interface WeightsCard {
  readonly format: WeightFile['format'];
  /** Whose naming was recognised. */
  readonly naming: string;
  readonly layout: KernelLayout;
  /** How the weights want their images; null where unknown, then the self-check has to find it. */
  readonly preprocessing: PublishedInput | null;
  readonly notes: readonly string[];
}

export interface MapOptions extends NameChoices {
  /** Layers not to load, as `fc8` when the head is replaced. */
  readonly skipLayers?: readonly string[];
}

/** The axis order usual for a format; formats without one are told by PyTorch's word `weight`. */
function usualOrder(file: WeightFile): ConvOrder {
  if (file.format === 'pytorch' || file.format === 'caffemodel') return 'oihw';
  if (file.format === 'keras' || file.format === 'keras-h5' || file.format === 'tf-checkpoint') return 'hwio';
  return [...file.tensors.keys()].some((name) => name.endsWith('.weight')) ? 'oihw' : 'hwio';
}

/** Whether no value is infinite or NaN. */
export function allFinite(values: Float32Array): boolean {
  // The sum of zeros stays zero unless a value is infinite or NaN.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}

/** What a user must be told of weights that are no finite numbers; nothing where all are. */
export function notFiniteNotes(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const some = names.slice(0, 5).join(', ');
  const verb = names.length === 1 ? '1 weight holds' : `${names.length} weights hold`;
  return [`${verb} values that are no finite numbers (${some}); the network cannot work with them.`];
}

/**
 * Reads every tensor that fits a network of this shape. The report says what does not; `requireComplete` turns it into
 * an error.
 * @throws {StudioError} as `planWeights`, and as the file's `read`
 */
export function mapWeights(
  file: WeightFile,
  model: Model,
  shape: NetworkShape,
  options: MapOptions = {},
): MappedWeights {
  const plan = planWeights(file, model, shape, options);
  const tensors = new Map<string, MappedTensor>();
  const notFinite: string[] = [];
  for (const [name, tensor] of plan.tensors) {
    const data = tensor.read();
    if (!allFinite(data)) notFinite.push(name);
    tensors.set(name, { shape: tensor.shape, data });
  }
  const { report, card } = plan;
  return {
    tensors,
    report: { ...report, notFinite },
    card: { ...card, notes: [...card.notes, ...notFiniteNotes(notFinite)] },
  };
}

/**
 * Finds every tensor that fits a network of exactly this shape, by names and shapes.
 * @throws {StudioError} input.invalid: a layer to skip that the network lacks
 * @throws {StudioError} weights.mismatch: no tensor's name fits, see `findNaming`
 */
export function planWeights(
  file: WeightFile,
  model: Model,
  shape: NetworkShape,
  options: MapOptions = {},
): WeightsPlan {
  return planAs(file, model, shape, findNaming(file, model, shape, options), options.skipLayers);
}

/**
 * `planWeights` in the shape that the file itself shows, as far as `known` leaves it open.
 * @throws {StudioError} as `planWeights`
 */
export function planInOwnShape(
  file: WeightFile,
  model: Model,
  known: KnownShape,
  choices: NameChoices = {},
): WeightsPlan {
  const usual = usualShape(model, known);
  const naming = findNaming(file, model, usual, choices);
  return planAs(file, model, fitShape(model, usual, known, naming), naming);
}

/** The tensors of a naming as weights of the network of `shape`. */
function planAs(
  file: WeightFile,
  model: Model,
  shape: NetworkShape,
  naming: Naming,
  skipped: readonly string[] = [],
): WeightsPlan {
  const { layers, weights } = describeNetwork(model, shape);
  requireLayers(model, layers, skipped);
  const specs = new Map(weights.map((spec) => [spec.name, spec]));
  const matches = naming.matches.map((match) => ({ ...match, spec: specs.get(match.spec.name)! }));
  const usual = usualOrder(file);
  const layout = detectLayout(
    matches
      .filter(({ spec }) => spec.kind === 'kernel')
      .map(({ spec, tensor, part }) => ({ ours: sidesOf(spec, part), theirs: tensor.shape })),
    usual,
  );
  const epsilons = sourceEpsilons(file, naming.informed, layers, matches);
  const stray = strayBias(file, matches);
  if (stray !== null) throw biasRefused(file, model, stray);
  const turned = file.metadata.get('backend') === 'theano';
  const tensors = new Map<string, PlannedTensor>();
  const misshaped: FitReport['misshaped'] = [];
  const grids = flattenGrids(layers);
  for (const { spec, foreignName, tensor, part, convBias } of matches) {
    const layer = layerOf(spec);
    if (skipped.includes(layer)) continue;
    const expected = sidesOf(spec, part);
    const grid = spec.kind === 'kernel' ? (grids.get(layer) ?? null) : null;
    const isTable = spec.kind === 'embedding' || spec.kind === 'relativeBias';
    const reorder = isTable ? readTable(expected, tensor.shape) : reorderTo(expected, tensor.shape, layout, grid);
    if (!reorder || (convBias && convBias.tensor.shape.join() !== tensor.shape.join())) {
      const found = [...tensor.shape];
      misshaped.push({ name: spec.name, foreignName: foreignName ?? spec.name, expected: [...expected], found });
      continue;
    }
    const epsilon = spec.kind === 'variance' ? epsilons.of(layer) : null;
    tensors.set(spec.name, {
      shape: spec.shape,
      read() {
        const whole = reorder(tensor.read());
        const own = part ? columns(whole, part) : whole;
        if (convBias) subtract(own, convBias.tensor.read());
        if (turned && isPlainKernel(spec)) turnKernels(own, spec.shape);
        return epsilon ? foldEpsilon(own, epsilon) : own;
      },
    });
  }
  const folded = matches.filter(({ convBias }) => convBias).length;
  const flattened = matches.some(({ grid }) => grid !== null && grid[0]! * grid[1]! > 1);
  return {
    shape,
    tensors,
    report: reportOf(file, weights, matches, skipped, [...tensors.keys()], misshaped),
    card: makeCard(file, model, naming, layout, [
      ...naming.notes,
      ...epsilons.notes,
      ...layoutNotes(layout, usual, flattened),
      ...(turned ? [THEANO_NOTE] : []),
      ...(folded > 0 ? [foldedNote(folded)] : []),
    ]),
    hasHead: hasHead(model, shape, naming),
  };
}

const THEANO_NOTE =
  "Keras's Theano backend wrote this file, which keeps kernels turned by 180°; they were turned back, as Keras does.";

const foldedNote = (count: number): string =>
  `${count} convolutions of the source have a bias before their BatchNorm; it went into the stored means, which comes ` +
  'to the same.';

function subtract(values: Float32Array, others: Float32Array): void {
  values.forEach((value, i) => {
    values[i] = value - others[i]!;
  });
}

/** A bias, not zero, of a layer whose counterpart here has none: the source's network computes something else. */
function strayBias(file: WeightFile, matches: readonly Match[]): string | null {
  const used = new Set(matches.flatMap(({ foreignName, convBias }) => [foreignName, convBias?.name]));
  for (const { spec, foreignName } of matches) {
    if (spec.kind !== 'kernel' || foreignName === null) continue;
    const [, base] = /^(.*[./])(?:weight|kernel)$/.exec(foreignName) ?? [];
    const name = `${base}bias`;
    const tensor = base === undefined || used.has(name) ? undefined : file.tensors.get(name);
    if (tensor?.read().some((value) => value !== 0)) return name;
  }
  return null;
}

function biasRefused(file: WeightFile, model: Model, bias: string): StudioError {
  return new StudioError(
    'weights.mismatch',
    `${file.path} has a bias, ${bias}, in a layer that has none in ${model.name}: its network computes something else.`,
    { remedy: 'Choose the network these weights were trained with.' },
  );
}

/** A convolution over all its inputs: the kernels that Keras turns. */
function isPlainKernel({ kind, shape }: WeightSpec): boolean {
  return kind === 'kernel' && shape.length === 4 && !(shape[2] === 1 && shape[3]! > 1);
}

/** Turns kernels `[height, width, in, out]` by 180° in their place. */
function turnKernels(values: Float32Array, [height, width, inputs, outputs]: readonly number[]): void {
  const size = inputs! * outputs!;
  const cells = height! * width!;
  for (let cell = 0; cell < cells >> 1; cell++) {
    const from = cell * size;
    const to = (cells - 1 - cell) * size;
    const kept = values.slice(from, from + size);
    values.copyWithin(from, to, to + size);
    values.set(kept, to);
  }
}

function requireLayers(model: Model, layers: readonly LayerRow[], names: readonly string[]): void {
  const known = layers.filter((layer) => layer.weights.length > 0).map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new StudioError('input.invalid', `${model.name} has no layer "${unknown}".`, {
      remedy: `Its layers: ${known.join(', ')}.`,
    });
}

/** Sides of the whole foreign tensor in our order. */
function sidesOf(spec: WeightSpec, part: Match['part']): readonly number[] {
  return part ? [...spec.shape.slice(0, -1), part.of] : spec.shape;
}

function reportOf(
  file: WeightFile,
  weights: readonly WeightSpec[],
  matches: readonly Match[],
  skipped: readonly string[],
  loaded: string[],
  misshaped: FitReport['misshaped'],
): FitReport {
  const used = new Set(matches.flatMap(({ foreignName, convBias }) => [foreignName, convBias?.name]));
  const matchOf = new Map(matches.map((match) => [match.spec.name, match]));
  const isSkipped = (spec: WeightSpec): boolean => skipped.includes(layerOf(spec));
  return {
    weights: weights.map(({ name, shape }) => {
      const match = matchOf.get(name);
      const from = match?.foreignName ? { name: match.foreignName, shape: [...match.tensor.shape] } : null;
      return { name, shape: [...shape], from, made: match !== undefined && match.foreignName === null };
    }),
    loaded,
    skipped: weights.filter(isSkipped).map(({ name }) => name),
    missing: weights.filter((spec) => !isSkipped(spec) && !matchOf.has(spec.name)).map(({ name }) => name),
    unused: [...file.tensors.keys()].filter((name) => !used.has(name) && !IGNORED.test(name)),
    misshaped,
  };
}

function columns(values: Float32Array, { from, to, of }: NonNullable<Match['part']>): Float32Array {
  const width = to - from;
  const rows = values.length / of;
  const out = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) out.set(values.subarray(row * of + from, row * of + to), row * width);
  return out;
}

function layoutNotes(layout: KernelLayout, usual: ConvOrder, flattened: boolean): string[] {
  const notes: string[] = [];
  if (layout.conv !== usual) {
    const order = layout.conv === 'oihw' ? '[out, in, height, width]' : '[height, width, in, out]';
    notes.push(
      `Kernels are stored as ${order}, unlike usual in this format; their shapes show it, and they were reordered.`,
    );
  }
  if (layout.flatten === 'chw' && flattened)
    notes.push(
      'The first dense layer was trained on inputs flattened by channel, row, column; its rows were reordered.',
    );
  return notes;
}

function makeCard(
  file: WeightFile,
  model: Model,
  { informed }: Naming,
  layout: KernelLayout,
  notes: readonly string[],
): WeightsCard {
  const preprocessing = informed.preprocessing ?? (informed.family === null ? null : model.preprocessing);
  return {
    format: file.format,
    naming: informed.title,
    layout,
    preprocessing,
    notes: [...file.notes, ...informed.notes, ...notes],
  };
}

/** @throws {StudioError} weights.mismatch: weights are missing or have another shape; the first are named */
export function requireComplete(
  report: Pick<FitReport, 'missing' | 'misshaped' | 'unused'>,
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
  const left = report.unused.length > 0 ? ` Not used: ${report.unused.slice(0, 5).join(', ')}.` : '';
  throw new StudioError(
    'weights.mismatch',
    `${path} does not fit ${model.name}: ${faults.slice(0, 5).join('; ')}${extra}.${left}`,
    {
      remedy:
        'Choose the network, input size and options these weights were trained with, or replace the layers that ' +
        'differ. --rename FROM=TO reads other names.',
      details: {
        missing: [...report.missing],
        misshaped: report.misshaped.map(({ name }) => name),
        unused: report.unused.slice(0, 100),
      },
    },
  );
}
