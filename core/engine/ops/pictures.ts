/** From the bytes of a picture to what the first layer sees. */
import type { InputColor, InputSpec } from '../../../contract/inputSpec.ts';
import { asFactorAndOffset } from '../../../pure/normalisation.ts';
import type { Graph, GraphTensor } from '../graph.ts';
import { binary, cast, slice } from './arrays.ts';
import { labOfBytes } from './cielab.ts';

/** Bytes in the colours of the packed cache become what the network sees. */
function inColor(g: Graph, images: GraphTensor, color: InputColor): GraphTensor {
  if (color !== 'lab' && color !== 'ab') return images;
  const lab = labOfBytes(g, images);
  return color === 'lab' ? lab : slice(g, lab, [0, 0, 0, 1], [...lab.shape.slice(0, -1), 2]);
}

/**
 * uint8 `[batch, size, size, channels]` → float32 of the same size: (byte / scale − mean) / std, in the order of the
 * channels that the network has.
 */
export function normalisedPictures(g: Graph, images: GraphTensor, input: InputSpec): GraphTensor {
  const converted = inColor(g, images, input.color);
  const channels = converted.shape.at(-1)!;
  const { factor, offset } = asFactorAndOffset(input);
  let x = cast(g, converted, 'float32');
  if (input.color === 'bgr')
    x = g.one('ReverseV2', [x, g.ints([3])], { T: { type: 'float32' }, Tidx: { type: 'int32' } }, x.shape, 'float32');
  x = binary(g, 'Mul', x, g.constant('float32', [channels], factor));
  x = binary(g, 'AddV2', x, g.constant('float32', [channels], offset));
  return x;
}
