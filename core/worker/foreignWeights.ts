/** Weight files of others: how one fits a network, and into which shape. */
import type { MappingReport } from '../../contract/weights.ts';
import { inputOfCard } from '../evaluate/protocols/resolveProtocol.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import { allFinite, notFiniteNotes, planWeights, type PlannedTensor, type WeightsPlan } from '../weights/mapWeights.ts';
import type { WeightFile } from '../formats/weightFile.ts';
import type { WeightsShape } from './protocol.ts';

const USUAL_CLASSES = 1000;
const USUAL_CHANNELS = 3;

const product = (shape: readonly number[]): number => shape.reduce((result, side) => result * side, 1);

export interface ForeignWeights {
  readonly model: Model;
  readonly shape: NetworkShape;
  readonly tensors: ReadonlyMap<string, PlannedTensor>;
  readonly report: WeightsPlan['report'];
  /** Nothing is read for it; `notFinite` is empty until `withFiniteness`. */ readonly mapping: MappingReport;
}

/** Plans how a file maps; classes and channels that nobody named are those of its last bias and its first kernel. Errors: as `planWeights`. */
export function fitWeights(file: WeightFile, model: Model, asked: WeightsShape): ForeignWeights {
  const first: NetworkShape = {
    size: asked.size ?? model.nativeSize,
    channels: asked.channels ?? USUAL_CHANNELS,
    classes: asked.classes ?? USUAL_CLASSES,
    options: asked.options,
  };
  let shape = first;
  let mapped = planWeights(file, model, shape);
  const { misshaped } = mapped.report;
  if (misshaped.length > 0 && (asked.classes === undefined || asked.channels === undefined)) {
    const bias = misshaped.find(({ name, expected }) => name.endsWith('/bias') && expected[0] === first.classes);
    const kernel = misshaped.find(({ expected }) => expected.length === 4 && expected[2] === first.channels);
    const classes = asked.classes ?? bias?.found[0] ?? first.classes;
    const channels =
      asked.channels ?? (kernel ? (first.channels * product(kernel.found)) / product(kernel.expected) : first.channels);
    if (Number.isInteger(channels) && (classes !== first.classes || channels !== first.channels)) {
      shape = { ...first, classes, channels };
      mapped = planWeights(file, model, shape);
    }
  }
  const { tensors, report, card } = mapped;
  return {
    model,
    shape,
    tensors,
    report,
    mapping: {
      naming: card.naming,
      classes: shape.classes,
      channels: shape.channels,
      weights: report.weights.map(({ name, shape: sides, from, made }) => ({
        name,
        shape: [...sides],
        from: from && { name: from.name, shape: [...from.shape] },
        made,
      })),
      loaded: [...report.loaded],
      missing: [...report.missing],
      unused: [...report.unused],
      misshaped: report.misshaped.map(({ name, foreignName, expected, found }) => ({
        name,
        foreignName,
        expected: [...expected],
        found: [...found],
      })),
      notFinite: [],
      input:
        card.preprocessing && shape.channels === card.preprocessing.mean.length
          ? inputOfCard(card.preprocessing)
          : null,
      // The lists of ILSVRC number a thousand classes.
      labels: shape.classes === USUAL_CLASSES ? (card.preprocessing?.labels ?? null) : null,
      notes: [...card.notes],
    },
  };
}

/** Reads one tensor after another, to say which hold values that are no finite numbers. Errors: `weights.damaged` */
export function withFiniteness({ tensors, mapping }: ForeignWeights): MappingReport {
  const notFinite = [...tensors].filter(([, tensor]) => !allFinite(tensor.read())).map(([name]) => name);
  return { ...mapping, notFinite, notes: [...mapping.notes, ...notFiniteNotes(notFinite)] };
}
