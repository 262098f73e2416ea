/** A program in a TensorFlow session: variables live inside it, a step is one call. */
import { StudioError } from '../../../contract/errors.ts';
import type { HostData, HostTensor, Program, Session, Signature } from '../engine.ts';
import { elements, type Graph, type GraphNode, type GraphTensor, type Variable } from '../graph.ts';
import { DTYPE, type Binding } from './binding.ts';
import { withSavedModel } from './load.ts';

/**
 * Variables are read and written in groups of about this size: few calls for many small ones, little extra memory for
 * large ones.
 */
const GROUP_BYTES = 64 * 2 ** 20;

interface Feed {
  readonly name: string;
  readonly tensor: GraphTensor;
  /** Bytes travel as int32, which TensorFlow keeps on the host until the step wants them. */ readonly asInt32: boolean;
}
interface Entry {
  readonly feeds: ReadonlyMap<string, Feed>;
  readonly fetches: string;
  readonly names: readonly string[];
}
interface Group {
  readonly variables: readonly Variable[];
  readonly reads: string;
  readonly writes: readonly Feed[];
  readonly written: string;
}

export class NativeSession implements Session {
  readonly #binding: Binding;
  readonly #id: number;
  readonly #entries = new Map<string, Entry>();
  readonly #groups: Group[] = [];

  constructor(binding: Binding, program: Program) {
    this.#binding = binding;
    const extra: GraphNode[] = [];
    const replaced = new Map<GraphNode, GraphNode[]>();
    for (const [name, signature] of Object.entries(program.signatures))
      this.#entries.set(name, entry(name, signature, extra, replaced));
    this.#groups = variableGroups(program.graph, extra);
    // A byte input is replaced by an int32 one under another name and the cast back to it.
    const nodes = program.graph.nodes.flatMap((n) => replaced.get(n) ?? [n]);
    this.#id = withSavedModel([...nodes, ...extra], (directory) => binding.loadSavedModel(directory, 'serve'));
  }

  run(signature: string, feeds: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
    const entry = this.#entries.get(signature);
    if (!entry) throw new Error(`no signature ${signature}`);
    const given = Object.entries(feeds).map(([name, value]) => {
      const feed = entry.feeds.get(name);
      if (!feed) throw new Error(`${signature} has no input ${name}`);
      return { feed, value };
    });
    if (given.length !== entry.feeds.size) throw new Error(`${signature} wants ${[...entry.feeds.keys()].join(', ')}`);
    const results = this.#call(given, entry.fetches);
    return Object.fromEntries(entry.names.map((name, i) => [name, results[i]!]));
  }

  read(names: Iterable<string>): Map<string, Float32Array> {
    const wanted = new Set(names);
    const found = new Map<string, Float32Array>();
    for (const group of this.#groups) {
      if (!group.variables.some((v) => wanted.has(v.name))) continue;
      this.#call([], group.reads).forEach((t, i) => {
        const v = group.variables[i]!;
        if (wanted.has(v.name)) found.set(v.name, t.data as Float32Array);
      });
    }
    for (const name of wanted) if (!found.has(name)) throw new Error(`no variable ${name}`);
    return found;
  }

  write(values: ReadonlyMap<string, Float32Array>): void {
    let written = 0;
    for (const group of this.#groups) {
      const some = group.variables.filter((v) => values.has(v.name));
      if (some.length === 0) continue;
      if (some.length < group.variables.length)
        throw new Error(`variables are written together: ${group.variables.map((v) => v.name).join(', ')}`);
      this.#call(
        group.variables.map((v, i) => ({
          feed: group.writes[i]!,
          value: { shape: v.shape, data: checked(v, values.get(v.name)!) },
        })),
        group.written,
      );
      written += some.length;
    }
    if (written !== values.size) throw new Error(`unknown variables among ${[...values.keys()].join(', ')}`);
  }

  dispose(): void {
    this.#binding.deleteSavedModel(this.#id);
  }

  #call(given: readonly { feed: Feed; value: HostTensor }[], fetches: string): HostTensor[] {
    const b = this.#binding;
    const inputs: number[] = [];
    try {
      for (const { feed, value } of given) inputs.push(upload(b, feed, value));
      return b
        .runSavedModel(this.#id, inputs, given.map(({ feed }) => `${feed.tensor.node.name}:0`).join(','), fetches)
        .map((out) => {
          try {
            return { shape: out.shape, data: b.tensorDataSync(out.id) };
          } finally {
            b.deleteTensor(out.id);
          }
        });
    } catch (error) {
      throw outOfMemory(error) ?? error;
    } finally {
      for (const id of inputs) b.deleteTensor(id);
    }
  }
}

/** TensorFlow reports exhausted memory as text only. */
const OUT_OF_MEMORY = [
  /OOM when allocating|out of memory|RESOURCE_EXHAUSTED/i,
  /Allocator .* ran out|could not create a memory object|bad_alloc/i,
];

export function outOfMemory(error: unknown): StudioError | null {
  const text = error instanceof Error ? error.message : String(error);
  if (!OUT_OF_MEMORY.some((said) => said.test(text))) return null;
  return new StudioError('run.outOfMemory', `The device ran out of memory: ${text.split('\n')[0]}`, {
    remedy: 'Use a smaller batch, a smaller image size, or bf16.',
    cause: error,
  });
}

function upload(b: Binding, feed: Feed, { shape, data }: HostTensor): number {
  const { dtype } = feed.tensor;
  if (!feed.asInt32) return b.createTensor(shape, DTYPE[dtype], data);
  const n = shape[0]!;
  const words = data.byteLength / 4;
  return b.createTensor([n, words / n], DTYPE.int32, new Int32Array(data.buffer, data.byteOffset, words));
}

function checked(v: Variable, data: HostData): HostData {
  if (data.length !== elements(v.shape))
    throw new Error(`${v.name} holds ${elements(v.shape)} numbers, got ${data.length}`);
  return data;
}

function entry(name: string, signature: Signature, extra: GraphNode[], replaced: Map<GraphNode, GraphNode[]>): Entry {
  const feeds = new Map(
    Object.entries(signature.inputs).map(([key, tensor]) => [key, byteFeed(key, tensor, replaced)]),
  );
  const outputs = Object.entries(signature.outputs);
  // The first output is fetched through a node that waits for every update.
  const fetches = outputs.map(([, t], i) => {
    if (i > 0 || signature.updates.length === 0) return `${t.node.name}:${t.index}`;
    const all = made(`${name}/updated`, 'Identity', [t], { T: { type: t.dtype } }, t, signature.updates);
    extra.push(all);
    return `${all.name}:0`;
  });
  return { feeds, fetches: fetches.join(','), names: outputs.map(([key]) => key) };
}

function made(
  name: string,
  op: string,
  inputs: readonly GraphTensor[],
  attrs: GraphNode['attrs'],
  like: { shape: readonly number[]; dtype: GraphTensor['dtype'] },
  controls: readonly GraphNode[] = [],
): GraphNode {
  const outputs: GraphTensor[] = [];
  const node: GraphNode = { name, op, inputs, attrs, outputs, controls: [...controls] };
  outputs.push({ node, index: 0, shape: like.shape, dtype: like.dtype });
  return node;
}

function byteFeed(name: string, tensor: GraphTensor, replaced: Map<GraphNode, GraphNode[]>): Feed {
  const perRow = tensor.shape.slice(1).reduce((n, d) => n * d, 1);
  if (tensor.dtype !== 'uint8' || perRow % 4 !== 0) return { name, tensor, asInt32: false };
  const known = replaced.get(tensor.node)?.[0];
  if (known) return { name, tensor: known.outputs[0]!, asInt32: true };
  const words = made(
    `${tensor.node.name}/words`,
    'Placeholder',
    [],
    { dtype: { type: 'int32' }, shape: { shape: [-1, perRow / 4] } },
    { shape: [-1, perRow / 4], dtype: 'int32' },
  );
  const bytes = made(
    `${tensor.node.name}/bytes`,
    'Bitcast',
    [words.outputs[0]!],
    { T: { type: 'int32' }, type: { type: 'uint8' } },
    { shape: [-1, perRow / 4, 4], dtype: 'uint8' },
  );
  const sizes = made(
    `${tensor.node.name}/sizes`,
    'Const',
    [],
    {
      dtype: { type: 'int32' },
      value: { tensor: { dtype: 'int32', shape: [tensor.shape.length], data: tensor.shape } },
    },
    { shape: [tensor.shape.length], dtype: 'int32' },
  );
  const images = made(
    tensor.node.name,
    'Reshape',
    [bytes.outputs[0]!, sizes.outputs[0]!],
    { T: { type: 'uint8' }, Tshape: { type: 'int32' } },
    tensor,
  );
  replaced.set(tensor.node, [words, bytes, sizes, images]);
  return { name, tensor: words.outputs[0]!, asInt32: true };
}

function variableGroups(graph: Graph, extra: GraphNode[]): Group[] {
  const groups: Variable[][] = [];
  let bytes = Infinity;
  let kind = '';
  for (const v of graph.variables.values()) {
    // Weights, optimizer slots (`name#slot`), averages and accumulators are never in one group: each kind is read and
    // written without the others too.
    const size = elements(v.shape) * 4;
    const suffix = v.name.split('#')[1];
    const of = suffix === undefined ? 'weight' : suffix === 'average' || suffix === 'gradient' ? suffix : 'slot';
    if (bytes + size > GROUP_BYTES || of !== kind) {
      groups.push([]);
      bytes = 0;
      kind = of;
    }
    groups.at(-1)?.push(v);
    bytes += size;
  }
  return groups.map((variables, k) => group(variables, k, extra));
}

/** How group `k` is read and written; nodes that this takes go to `extra`. */
function group(variables: readonly Variable[], k: number, extra: GraphNode[]): Group {
  const placeholders = variables.map((v, i) =>
    made(
      `write/${k}/${i}`,
      'Placeholder',
      [],
      { dtype: { type: 'float32' }, shape: { shape: v.shape } },
      { shape: v.shape, dtype: 'float32' },
    ),
  );
  // The binding lends JavaScript's memory to TensorFlow. A variable must not keep it: TensorFlow would give it back
  // from a thread of its own, which corrupts Node's heap. DeepCopy makes memory that is TensorFlow's.
  const copies = variables.map((v, i) =>
    made(
      `write/${k}/${i}/copy`,
      'DeepCopy',
      [placeholders[i]!.outputs[0]!],
      { T: { type: 'float32' } },
      { shape: v.shape, dtype: 'float32' },
    ),
  );
  const assigns = variables.map((v, i) =>
    made(
      `write/${k}/${i}/assign`,
      'AssignVariableOp',
      [v.handle, copies[i]!.outputs[0]!],
      { dtype: { type: 'float32' } },
      { shape: [], dtype: 'float32' },
    ),
  );
  const token = made(
    `write/${k}/token`,
    'Const',
    [],
    { dtype: { type: 'int32' }, value: { tensor: { dtype: 'int32', shape: [], data: [1] } } },
    { shape: [], dtype: 'int32' },
  );
  const written = made(
    `write/${k}`,
    'Identity',
    [token.outputs[0]!],
    { T: { type: 'int32' } },
    { shape: [], dtype: 'int32' },
    assigns,
  );
  extra.push(...placeholders, ...copies, ...assigns, token, written);
  return {
    variables,
    reads: variables.map((v) => `${v.value.node.name}:0`).join(','),
    writes: placeholders.map((p, i) => ({ name: `${i}`, tensor: p.outputs[0]!, asInt32: false })),
    written: `${written.name}:0`,
  };
}
