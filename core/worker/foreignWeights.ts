/** Weight files of others: how one fits a network, and into which shape. */
import { inputSpecOf } from '../../contract/inputSpec.ts';
import type { MappingReport } from '../../contract/weights/weights.ts';
import type { TensorRename } from '../../contract/weights/tensorRename.ts';
import type { WeightFile } from '../formats/weightFile.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import { getModel } from '../models/registry.ts';
import type { NameChoices } from '../weights/findNaming.ts';
import type { KnownShape } from '../weights/fitShape.ts';
import {
  allFinite,
  notFiniteNotes,
  planInOwnShape,
  type PlannedTensor,
  type WeightsPlan,
} from '../weights/mapWeights.ts';
import type { WeightsShape } from './jobs/importWeights/messages.ts';
import { openEntry } from './openEntry.ts';
import { readCardBeside, type CardBeside } from './cardBeside.ts';

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

/** A weight file and what is asked of it. */
export interface WeightsRequest {
  readonly path: string;
  readonly entry?: string | undefined;
  readonly renames?: readonly TensorRename[] | undefined;
  readonly insist?: boolean | undefined;
}

/**
 * Opens a weight file as weights of a network, with all that every command looks at: names behind wrappers, the shape
 * that the tensors show where `asked` leaves it open, and the card that an export left beside them. The caller closes
 * `file`.
 * @throws {StudioError} as `openWeights` and `planInOwnShape`
 */
export async function openForeignWeights(
  { path, entry, renames = [], insist = false }: WeightsRequest,
  model: Model,
  asked: Omit<WeightsShape, 'model'>,
): Promise<ForeignWeights & { readonly file: WeightFile }> {
  const beside = await readCardBeside(path);
  const file = await openEntry(path, entry);
  try {
    const own = beside?.network && getModel(beside.network.name).name === model.name ? beside.network : null;
    const known = { ...asked, size: asked.size ?? own?.size, options: { ...own?.options, ...asked.options } };
    return { ...fitWeights(file, model, known, beside, { renames, insist }), file };
  } catch (error) {
    file.close();
    throw error;
  }
}

function fitWeights(
  file: WeightFile,
  model: Model,
  known: KnownShape,
  beside: CardBeside | null,
  choices: NameChoices,
): ForeignWeights {
  const { shape, tensors, report, card, hasHead } = planInOwnShape(file, model, known, choices);
  const { weights, loaded, missing, unused, misshaped } = report;
  const { preprocessing } = card;
  const { channels, classes } = shape;
  const usual = preprocessing && channels === preprocessing.mean.length ? inputSpecOf(preprocessing) : null;
  const said = beside?.input?.mean.length === channels ? beside.input : null;
  return {
    model,
    shape,
    tensors,
    report,
    mapping: {
      naming: card.naming,
      classes,
      channels,
      hasHead,
      weights,
      loaded,
      missing,
      unused,
      misshaped,
      notFinite: [],
      input: said ?? usual,
      labels: beside?.labels ?? (classes === ILSVRC_CLASSES ? (preprocessing?.labels ?? null) : null),
      outputs: beside?.outputs?.names.length === classes ? beside.outputs : null,
      protocol: beside?.protocol ?? null,
      notes: [...card.notes, ...(beside?.notes ?? [])],
    },
  };
}

/**
 * Reads one tensor after another, to say which hold values that are no finite numbers.
 * @throws {StudioError} `weights.damaged`
 */
export function withFiniteness({ tensors, mapping }: ForeignWeights): MappingReport {
  const notFinite = [...tensors].filter(([, tensor]) => !allFinite(tensor.read())).map(([name]) => name);
  return { ...mapping, notFinite, notes: [...mapping.notes, ...notFiniteNotes(notFinite)] };
}
