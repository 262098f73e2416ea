/**
 * Self-attention from differentiable ops. Nothing between input and output has rank 4: the exports take tensors of rank
 * 4 for maps, whose axes other runtimes order differently.
 */
import type { WindowAttentionOptions } from '../../models/builder.ts';
import type { Graph, GraphTensor } from '../graph.ts';
import { binary, cast, gather, matMul, reshape, slice, transpose, unary } from './arrays.ts';

/** What a cell must not see gets this added before the softmax. */
const HIDDEN = -100;

/**
 * `[batch, tokens, 3 · channels]` → `[batch, tokens, channels]`; `bias` `[1, groups, heads, tokens, tokens]` is added
 * to the scores of each group of rows of the batch.
 */
export function attention(g: Graph, x: GraphTensor, heads: number, bias: GraphTensor | null = null): GraphTensor {
  const [, tokens = 0, triple = 0] = x.shape;
  const depth = triple / 3 / heads;
  const split = transpose(g, reshape(g, x, [-1, tokens, 3, heads, depth]), [2, 0, 3, 1, 4]);
  const [q, k, v] = [0, 1, 2].map((part) =>
    reshape(g, slice(g, split, [part, 0, 0, 0, 0], [1, -1, heads, tokens, depth]), [-1, tokens, depth]),
  ) as [GraphTensor, GraphTensor, GraphTensor];
  const scaled = binary(g, 'Mul', q, cast(g, g.float(depth ** -0.5), q.dtype));
  let scores = cast(g, matMul(g, scaled, k, false, true), 'float32');
  if (bias) {
    const [, groups = 1] = bias.shape;
    const apart = reshape(g, scores, [-1, groups, heads, tokens, tokens]);
    scores = reshape(g, binary(g, 'AddV2', apart, bias), [-1, tokens, tokens]);
  }
  const seen = matMul(g, cast(g, unary(g, 'Softmax', scores), v.dtype), v);
  const together = transpose(g, reshape(g, seen, [-1, 1, heads, tokens, depth]), [0, 1, 3, 2, 4]);
  return reshape(g, together, [-1, tokens, triple / 3]);
}

/**
 * `x` `[batch, height, width, 3 · channels]` → `[batch, height, width, channels]`; `table` `[(2 · window − 1)²,
 * heads]`, the bias of each offset.
 */
export function windowAttention(
  g: Graph,
  x: GraphTensor,
  table: GraphTensor,
  { heads, window, shift }: WindowAttentionOptions,
): GraphTensor {
  const [, height = 0, width = 0, triple = 0] = x.shape;
  const rows = height / window;
  const columns = width / window;
  const cut = transpose(g, reshape(g, x, [-1, rows, window, columns, window, triple]), [0, 1, 3, 2, 4, 5]);
  const cells = window ** 2;
  const offsets = gather(g, table, 0, offsetIndices(window));
  let bias = reshape(g, transpose(g, offsets, [1, 0]), [1, 1, heads, cells, cells]);
  if (shift > 0)
    bias = binary(
      g,
      'AddV2',
      bias,
      g.constant('float32', [1, rows * columns, 1, cells, cells], hidden(rows, columns, window, shift)),
    );
  const seen = attention(g, reshape(g, cut, [-1, cells, triple]), heads, bias);
  const channels = triple / 3;
  const back = transpose(g, reshape(g, seen, [-1, rows, columns, window, window, channels]), [0, 1, 3, 2, 4, 5]);
  return reshape(g, back, [-1, height, width, channels]);
}

/** For each pair of cells of a window, row by row, the entry of the table of offsets. */
function offsetIndices(window: number): number[] {
  const side = 2 * window - 1;
  const place = (cell: number): [number, number] => [Math.floor(cell / window), cell % window];
  return Array.from({ length: window ** 4 }, (_, i) => {
    const [row, column] = place(Math.floor(i / window ** 2));
    const [otherRow, otherColumn] = place(i % window ** 2);
    return (row - otherRow + window - 1) * side + (column - otherColumn + window - 1);
  });
}

/**
 * What to add to the scores of each window of a rolled map: cells that came from opposite borders do not see each
 * other.
 */
function hidden(rows: number, columns: number, window: number, shift: number): number[] {
  const region = (at: number, size: number): number => (at < size - window ? 0 : at < size - shift ? 1 : 2);
  const cells = window ** 2;
  const regionOf = (index: number, cell: number): number => {
    const row = Math.floor(index / columns) * window + Math.floor(cell / window);
    const column = (index % columns) * window + (cell % window);
    return 3 * region(row, rows * window) + region(column, columns * window);
  };
  return Array.from({ length: rows * columns * cells * cells }, (_, i) => {
    const index = Math.floor(i / cells ** 2);
    const pair = i % cells ** 2;
    return regionOf(index, Math.floor(pair / cells)) === regionOf(index, pair % cells) ? 0 : HIDDEN;
  });
}
