/** Which tensors of a file could be a weight that no naming found. */
import type { TensorRename } from '../../../contract/weights/tensorRename.ts';
import type { MappedWeight, MappingReport, WeightsInspection } from '../../../contract/weights/weights.ts';

const valuesIn = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** Weights that are missing or were found with another shape, in the network's order. */
export function weightsToAssign({ weights, missing, misshaped }: MappingReport): MappedWeight[] {
  const open = new Set([...missing, ...misshaped.map(({ name }) => name)]);
  return weights.filter(({ name }) => open.has(name));
}

/** Tensors that nothing uses and that hold as many values, those of equal sides first. */
export function tensorsFor(
  weight: Pick<MappedWeight, 'name' | 'shape'>,
  { tensors, mapping }: Pick<WeightsInspection, 'tensors' | 'mapping'>,
  renames: readonly TensorRename[],
): string[] {
  const taken = new Set(renames.filter(({ to }) => to !== weight.name).map(({ from }) => from));
  const misshaped = new Set(mapping?.misshaped.map(({ name }) => name));
  const used = new Set(
    mapping?.weights.flatMap(({ name, from }) =>
      from && name !== weight.name && !misshaped.has(name) ? from.name : [],
    ),
  );
  const sides = (shape: readonly number[]): string => [...shape].sort((a, b) => a - b).join();
  return tensors
    .filter(({ name, shape }) => valuesIn(shape) === valuesIn(weight.shape) && !taken.has(name) && !used.has(name))
    .sort((a, b) => Number(sides(b.shape) === sides(weight.shape)) - Number(sides(a.shape) === sides(weight.shape)))
    .map(({ name }) => name);
}
