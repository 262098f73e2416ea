/** A run's own preprocessing as a protocol: what a run says by it is its prediction. */
import { inputSpecOf, type Preprocessing } from '../../../contract/inputSpec.ts';
import { Protocol, type ResolvedProtocol } from '../../../contract/protocol.ts';
import { resolveProtocol } from './resolveProtocol.ts';

/** One view, the whole image as the packed cache has it; how it is fed is left to the run. */
export function asTrained({
  size,
  fit,
  interpolation,
}: Pick<Preprocessing, 'size' | 'fit' | 'interpolation'>): Protocol {
  return Protocol.parse({
    name: `packed-${size}-${fit}-${interpolation}`,
    title: `${fit === 'cover' ? 'Centre' : 'Squashed to'} ${size} × ${size} (${interpolation}), as the run was trained`,
    resize: { kind: 'packed', size, fit, interpolation },
    crop: size,
    crops: 'whole',
    mirror: false,
    average: 'probabilities',
    input: null,
    labels: null,
  });
}

/** For weights of which nobody says how they want their images: the centre square, at the side they were trained on. */
export function centreSquare(size: number): Protocol {
  const view = { size, fit: 'cover', interpolation: 'lanczos3' } as const;
  return { ...asTrained(view), title: `Centre ${size} × ${size} (${view.interpolation})` };
}

/** `asTrained` with nothing open. */
export function asTrainedBy(preprocessing: Preprocessing): ResolvedProtocol {
  return resolveProtocol(asTrained(preprocessing), { input: inputSpecOf(preprocessing), labels: 'own' }, null, []);
}

/** Null unless the protocol takes the whole image once, as a packed cache has it. */
export function packedPreprocessing({ resize, crops, mirror, average, input }: ResolvedProtocol): Preprocessing | null {
  if (resize.kind !== 'packed' || crops !== 'whole' || mirror || average !== 'probabilities') return null;
  const { size, fit, interpolation } = resize;
  return { size, fit, interpolation, ...input };
}
