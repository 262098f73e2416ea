/** A frozen network as an ONNX program in float32. */
import { StudioError } from '../../../contract/errors.ts';
import type { FrozenGraph, FrozenNode, FrozenTensor } from './frozen.ts';
import { CONVERTERS, shapeThere, TAKES_BIAS, TO_CHANNELS_FIRST } from './onnxOps.ts';
import { onnxBytes, type OnnxValue } from './onnxProto.ts';
import { OnnxWriter, typeThere } from './onnxWriter.ts';

export interface OnnxOptions {
  readonly name: string;
  readonly doc: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly producerVersion: string;
  /** Layers that become outputs of the program too; maps of them are [batch, channels, height, width]. */
  readonly layers: readonly string[];
}

/**
 * Pictures go in as [batch, height, width, channels]; see `CONVERTERS` for what happens then. @throws {StudioError}
 * input.invalid: for a layer that is not there
 */
export function onnxModel(graph: FrozenGraph, options: OnnxOptions): Uint8Array {
  const w = new OnnxWriter(heldBack(graph));
  for (const node of graph.nodes) {
    if (node.stored || w.isHeldBack(node)) continue;
    const [result] = node.outputs;
    if (!result) continue;
    if (node.op === 'Placeholder') {
      w.setName(
        result,
        result.shape.length === 4
          ? w.node('Transpose', [node.name], null, { perm: { ints: TO_CHANNELS_FIRST } })
          : node.name,
      );
      continue;
    }
    const convert = CONVERTERS[node.op];
    if (!convert) throw new Error(`${node.op} has no counterpart in ONNX`);
    convert(node, w, node.name);
    w.setName(result, node.name);
  }
  const features = options.layers.map((layer) => {
    const tensor = graph.layers.get(layer);
    if (!tensor)
      throw new StudioError('input.invalid', `The network has no layer "${layer}".`, {
        remedy: `Its layers: ${[...graph.layers.keys()].join(', ')}.`,
      });
    return tensor;
  });
  // The index of the highest score is int64 in ONNX, whatever it is here.
  const output = (tensor: FrozenTensor): OnnxValue => ({
    name: tensor.node.name,
    type: tensor.dtype === 'int32' ? 'int64' : typeThere(tensor.dtype),
    shape: shapeThere(tensor.shape),
  });
  return onnxBytes(
    {
      name: options.name,
      doc: options.doc,
      metadata: options.metadata,
      nodes: w.nodes,
      initializers: w.initializers,
      inputs: Object.values(graph.inputs).map(({ node, dtype, shape }) => ({
        name: node.name,
        type: typeThere(dtype),
        shape,
      })),
      outputs: [...Object.values(graph.outputs), ...features].map(output),
    },
    options.producerVersion,
  );
}

/** Convolutions and products that only a bias reads. */
function heldBack(graph: FrozenGraph): Set<FrozenNode> {
  const readers = new Map<FrozenNode, FrozenNode[]>();
  const named = new Set([...Object.values(graph.outputs), ...graph.layers.values()].map(({ node }) => node));
  for (const node of graph.nodes)
    for (const { node: before } of node.inputs) readers.set(before, [...(readers.get(before) ?? []), node]);
  const isPlain = ({ attrs }: FrozenNode): boolean =>
    !['transpose_a', 'transpose_b'].some((name) => {
      const a = attrs[name];
      return a !== undefined && 'bool' in a && a.bool;
    });
  return new Set(
    graph.nodes.filter((node) => {
      const own = readers.get(node) ?? [];
      return (
        TAKES_BIAS.has(node.op) && isPlain(node) && !named.has(node) && own.length === 1 && own[0]?.op === 'BiasAdd'
      );
    }),
  );
}
