/** A run's own preprocessing as a protocol. */
import type { Preprocessing } from '../../../contract/preprocessing.ts';
import { Protocol } from '../../../contract/protocol.ts';

/** One view, the whole picture as the packed cache has it; how it is fed is left to the run. */
export function asTrained({ size, fit, interpolation }: Preprocessing): Protocol {
  return Protocol.parse({
    name: `packed-${size}-${fit}-${interpolation}`,
    title: `${fit === 'cover' ? 'Centre' : 'Squashed to'} ${size} × ${size} (${interpolation}), as the run was trained`,
    resize: { kind: 'packed', size, fit, kernel: interpolation },
    crop: size,
    crops: 'whole',
    mirror: false,
    average: 'probabilities',
    input: null,
    labels: null,
  });
}
