/** Which of the known networks a weight file belongs to, told by names and shapes. */
import { StudioError } from '../../contract/errors.ts';
import type { ModelOptions, ModelSpec } from '../../contract/runSpec.ts';
import type { WeightsProposal } from '../../contract/weights/weights.ts';
import type { WeightFile } from '../formats/weightFile.ts';
import { describeNetwork } from '../models/describe.ts';
import type { Model } from '../models/family.ts';
import { getModel, listModels } from '../models/registry.ts';
import { usualShape } from './fitShape.ts';
import { planInOwnShape } from './mapWeights.ts';

/** More would be no proposal. */
const MOST = 5;
/** Of a network's weights so many have a tensor of their size in its files: heads and first layers may have not. */
const LEAST_SEEN = 0.7;
/** A file may lack what its naming adds, as scales of one of a BatchNorm. */
const MOST_WEIGHTS_PER_TENSOR = 1.35;

/**
 * The networks, as published, whose every weight the file has in the right shape; those that leave the fewest of the
 * file's tensors over, and all of them where several leave equally few. Empty where none fits.
 * @param said the network that a card beside the file names, with its options: it goes before all others
 */
export function fittingNetworks(file: WeightFile, said: ModelSpec | null = null): WeightsProposal[] {
  const own = said && fitOf(file, getModel(said.name), said.options);
  if (own) return [own];
  const sizes = new Set([...file.tensors.values()].map(({ shape }) => product(shape)));
  const fits = listModels().flatMap(({ name }) => {
    const model = getModel(name);
    const fit = mayFit(file, sizes, model) ? fitOf(file, model, {}) : null;
    return fit ? [fit] : [];
  });
  const least = Math.min(...fits.map(({ unused }) => unused));
  return fits.filter(({ unused }) => unused === least).slice(0, MOST);
}

const product = (sides: readonly number[]): number => sides.reduce((result, side) => result * side, 1);

/** A quick look that spares most networks the matching of names. `sizes`: values of the file's tensors. */
function mayFit(file: WeightFile, sizes: ReadonlySet<number>, model: Model): boolean {
  const { weights } = describeNetwork(model, usualShape(model, { options: {} }));
  const seen = weights.filter(({ shape }) => sizes.has(product(shape))).length;
  return weights.length <= file.tensors.size * MOST_WEIGHTS_PER_TENSOR && seen >= LEAST_SEEN * weights.length;
}

function fitOf(file: WeightFile, model: Model, options: ModelOptions): WeightsProposal | null {
  try {
    const { report } = planInOwnShape(file, model, { options });
    const { weights, loaded, missing, misshaped, unused } = report;
    if (missing.length + misshaped.length > 0) return null;
    return { model: model.name, loaded: loaded.length, weights: weights.length, unused: unused.length };
  } catch (error) {
    // another network's file is refused in several ways; each says that this is not the one
    if (error instanceof StudioError) return null;
    throw error;
  }
}
