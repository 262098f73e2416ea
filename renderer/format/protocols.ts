/** What a protocol is called on the screen. */
import type { Protocol } from '../../contract/protocol.ts';

type Named = Pick<Protocol, 'name' | 'resize'>;

/** As a run was trained: the whole image as its packed cache has it, whatever its size. */
export const isAsTrained = ({ resize }: Pick<Protocol, 'resize'>): boolean => resize.kind === 'packed';

/** Its name; of a run's own way to see images, what it is and its size: `as trained, 32 px`. */
export function protocolWords({ name, resize }: Named): string {
  return resize.kind === 'packed' ? `as trained, ${resize.size} px` : name;
}
