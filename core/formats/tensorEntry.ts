/** A part of a file that holds several networks, chosen by a part of its tensors' names. */
import type { WeightTensor } from './weightFile.ts';

/**
 * Tensors behind `entry` in their names, `student` in `module.student.conv1.weight`, without it and what stands before;
 * null where no name has it.
 */
export function tensorsUnder(
  tensors: ReadonlyMap<string, WeightTensor>,
  entry: string,
): Map<string, WeightTensor> | null {
  const found = [...tensors].flatMap(([name, tensor]): [string, WeightTensor][] => {
    const at = `.${name.replaceAll('/', '.')}`.indexOf(`.${entry.replaceAll('/', '.')}.`);
    return at < 0 ? [] : [[name.slice(at + entry.length + 1), tensor]];
  });
  return found.length > 0 ? new Map(found) : null;
}
