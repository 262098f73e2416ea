/** CIE L*a*b* of a batch of pictures inside the graph, so that every engine and job converts alike. */
import { L_OFFSET, LAB_OF_RESPONSE, RESPONSE, SRGB_LIGHT, XYZ_OF_LIGHT } from '../../../pure/cielab.ts';
import type { Graph, GraphTensor } from '../graph.ts';
import { atLeast, binary, cast, reduce, reshape, unary } from './arrays.ts';

/** uint8 RGB `[batch, h, w, 3]` → float32 L, a, b of the same shape: L 0 to 100, a and b around 0. Has no gradient. */
export function labOfBytes(g: Graph, images: GraphTensor): GraphTensor {
  const table = g.constant('float32', [256], SRGB_LIGHT);
  const bytes = cast(g, images, 'int32');
  const light = g.one(
    'GatherV2',
    [table, bytes, g.int(0)],
    { Tparams: { type: 'float32' }, Tindices: { type: 'int32' }, Taxis: { type: 'int32' }, batch_dims: { int: 0 } },
    images.shape,
    'float32',
  );
  const xyz = mixed(g, light, XYZ_OF_LIGHT);
  const limit = g.float(RESPONSE.limit);
  const root = unary(g, 'Exp', binary(g, 'Mul', unary(g, 'Log', binary(g, 'Maximum', xyz, limit)), g.float(1 / 3)));
  const line = binary(g, 'AddV2', binary(g, 'Mul', xyz, g.float(RESPONSE.slope)), g.float(RESPONSE.offset));
  const above = atLeast(g, xyz, limit);
  const response = binary(g, 'AddV2', line, binary(g, 'Mul', above, binary(g, 'Sub', root, line)));
  return binary(g, 'AddV2', mixed(g, response, LAB_OF_RESPONSE), g.constant('float32', [3], [L_OFFSET, 0, 0]));
}

/**
 * Every pixel times the matrix `rows`, as products and sums of their own: a matrix product may be rounded to TF32 on a
 * GPU.
 */
function mixed(g: Graph, x: GraphTensor, rows: readonly (readonly [number, number, number])[]): GraphTensor {
  const [, h = 0, w = 0] = x.shape;
  const columns = [0, 1, 2].flatMap((from) => rows.map((row) => row[from]!));
  return reduce(
    g,
    'Sum',
    binary(g, 'Mul', reshape(g, x, [-1, h, w, 3, 1]), g.constant('float32', [3, 3], columns)),
    [3],
  );
}
