/** Grouped convolutions as one convolution a group, for runtimes without groups. */
import type { FrozenNode, FrozenTensor, Stored } from './frozen.ts';

/** A network whose every `Conv2D` sees all of its input's channels; other nodes as they are. */
export function splitGroups(nodes: readonly FrozenNode[]): FrozenNode[] {
  const replaced = new Map<FrozenTensor, FrozenTensor>();
  const made: FrozenNode[] = [];
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => replaced.get(input) ?? input);
    const groups = groupsOf(node);
    if (groups === 1) {
      const copy = inputs.every((input, i) => input === node.inputs[i]) ? node : renewed(node, inputs, replaced);
      made.push(copy);
    } else {
      made.push(...grouped(node, inputs, groups, replaced));
    }
  }
  const used = new Set(made.flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  // Kernels that were cut up are needed no more.
  return made.filter((node) => !node.stored || used.has(node));
}

function groupsOf({ op, inputs }: FrozenNode): number {
  return op === 'Conv2D' ? (inputs[0]?.shape[3] ?? 1) / (inputs[1]?.shape[2] ?? 1) : 1;
}

function grouped(
  node: FrozenNode,
  [x, kernel]: readonly FrozenTensor[],
  groups: number,
  replaced: Map<FrozenTensor, FrozenTensor>,
): FrozenNode[] {
  const stored = kernel?.node.stored;
  const [result] = node.outputs;
  if (!x || !stored || !result) throw new Error(`${node.name}: the kernel is no constant`);
  const { name } = node;
  const float = { type: 'float32' } as const;
  const perGroup = x.shape[3]! / groups;
  const axis = constant(`${name}/axis`, { dtype: 'int32', shape: [], data: Int32Array.of(3) });
  const split = one(
    `${name}/split`,
    'Split',
    [axis.outputs[0]!, x],
    { T: float, num_split: { int: groups } },
    Array.from({ length: groups }, () => ({ ...x, shape: [...x.shape.slice(0, 3), perGroup] })),
  );
  const parts = columns(stored, groups).map((part, i) => {
    const own = constant(`${name}/kernel_${i}`, part);
    return [
      own,
      one(`${name}/group_${i}`, 'Conv2D', [split.outputs[i]!, own.outputs[0]!], node.attrs, [
        { ...result, shape: [...result.shape.slice(0, 3), result.shape[3]! / groups] },
      ]),
    ] as const;
  });
  const joined = one(
    name,
    'ConcatV2',
    [...parts.map(([, convolution]) => convolution.outputs[0]!), axis.outputs[0]!],
    { N: { int: groups }, T: float, Tidx: { type: 'int32' } },
    [result],
  );
  replaced.set(result, joined.outputs[0]!);
  return [axis, split, ...parts.flat(), joined];
}

function renewed(
  node: FrozenNode,
  inputs: readonly FrozenTensor[],
  replaced: Map<FrozenTensor, FrozenTensor>,
): FrozenNode {
  const copy = one(node.name, node.op, inputs, node.attrs, node.outputs);
  node.outputs.forEach((output, i) => replaced.set(output, copy.outputs[i]!));
  return copy;
}

function one(
  name: string,
  op: string,
  inputs: readonly FrozenTensor[],
  attrs: FrozenNode['attrs'],
  results: readonly Pick<FrozenTensor, 'shape' | 'dtype'>[],
  stored: Stored | null = null,
): FrozenNode {
  const outputs: FrozenTensor[] = [];
  const node: FrozenNode = { name, op, inputs, attrs, outputs, stored };
  results.forEach(({ shape, dtype }, index) => outputs.push({ node, index, shape, dtype }));
  return node;
}

function constant(name: string, stored: Stored): FrozenNode {
  return one(name, 'Const', [], { dtype: { type: stored.dtype } }, [stored], stored);
}

/** The kernel cut along its last axis. */
function columns({ dtype, shape, data }: Stored, count: number): Stored[] {
  const filters = shape[3]!;
  const width = filters / count;
  const rows = data.length / filters;
  return Array.from({ length: count }, (_, part) => {
    const own = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++)
      own.set(
        (data as Float32Array).subarray(row * filters + part * width, row * filters + (part + 1) * width),
        row * width,
      );
    return { dtype, shape: [...shape.slice(0, 3), width], data: own };
  });
}
