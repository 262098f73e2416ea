/** Weight files of others: how one fits a network, and into which shape. */
import type { MappingReport, TensorRename } from '../../contract/weights.ts';
import { inputOfCard } from '../evaluate/protocols/resolveProtocol.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import {
  allFinite,
  notFiniteNotes,
  planInOwnShape,
  type PlannedTensor,
  type WeightsPlan,
} from '../weights/mapWeights.ts';
import type { WeightFile } from '../formats/weightFile.ts';
import type { WeightsShape } from './jobs/importWeights/messages.ts';

/** The lists of ILSVRC number so many classes. */
const ILSVRC_CLASSES = 1000;

export interface ForeignWeights {
  readonly model: Model;
  readonly shape: NetworkShape;
  readonly tensors: ReadonlyMap<string, PlannedTensor>;
  readonly report: WeightsPlan['report'];
  /** Nothing is read for it; `notFinite` is empty until `withFiniteness`. */
  readonly mapping: MappingReport;
}

/**
 * Plans how a file maps, in the shape that it shows itself where `asked` leaves it open.
 * @throws {StudioError} as `planInOwnShape`
 */
export function fitWeights(
  file: WeightFile,
  model: Model,
  asked: WeightsShape,
  renames: readonly TensorRename[] = [],
): ForeignWeights {
  const { shape, tensors, report, card, hasHead } = planInOwnShape(file, model, asked, renames);
  const { weights, loaded, missing, unused, misshaped } = report;
  const { preprocessing } = card;
  return {
    model,
    shape,
    tensors,
    report,
    mapping: {
      naming: card.naming,
      classes: shape.classes,
      channels: shape.channels,
      hasHead,
      weights,
      loaded,
      missing,
      unused,
      misshaped,
      notFinite: [],
      input: preprocessing && shape.channels === preprocessing.mean.length ? inputOfCard(preprocessing) : null,
      labels: shape.classes === ILSVRC_CLASSES ? (preprocessing?.labels ?? null) : null,
      outputs: null,
      notes: [...card.notes],
    },
  };
}

/**
 * Reads one tensor after another, to say which hold values that are no finite numbers.
 * @throws {StudioError} weights.damaged
 */
export function withFiniteness({ tensors, mapping }: ForeignWeights): MappingReport {
  const notFinite = [...tensors].filter(([, tensor]) => !allFinite(tensor.read())).map(([name]) => name);
  return { ...mapping, notFinite, notes: [...mapping.notes, ...notFiniteNotes(notFinite)] };
}
