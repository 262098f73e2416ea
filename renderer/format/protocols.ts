/** What a protocol is called on the screen. */
import type { Protocol } from '../../contract/protocol.ts';

type Named = Pick<Protocol, 'name' | 'resize' | 'reading' | 'classMap'>;

/** As a run was trained: the whole image as its packed cache has it, whatever its size. */
export const isAsTrained = ({ resize }: Pick<Protocol, 'resize'>): boolean => resize.kind === 'packed';

/**
 * Its name; of a run's own way to see images, what it is and its size, and how its classes are read where that is not as
 * usual: `as trained, 32 px, subset`.
 */
export function protocolWords({ name, resize, reading, classMap }: Named): string {
  if (resize.kind !== 'packed') return name;
  return [`as trained, ${resize.size} px`, ...(reading ? [reading] : []), ...(classMap ? [classMap.file] : [])].join(
    ', ',
  );
}
