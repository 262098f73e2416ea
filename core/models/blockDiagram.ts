/**
 * A network's layer table drawn together: stages of one feature-map size, made of blocks, equal neighbours counted.
 * Pure; command line and studio draw it.
 */
import type { DiagramBlock, DiagramStage } from '../../contract/network.ts';
import { ACTIVATIONS } from './activations.ts';
import { blockOf } from './layerBlocks.ts';
import type { LayerRow } from './describe.ts';

/** Kinds that shape a block; normalisation and activation belong to the layer before or after them. */
const HIDDEN = new Set([
  ...Object.keys(ACTIVATIONS),
  'batchNorm',
  'layerNorm',
  'layerScale',
  'responseNorm',
  'leakyRelu',
  'flatten',
  'tokens',
  'firstToken',
  'sliceChannels',
  'padChannels',
  'subsample',
  'roll',
  'extendMap',
  'cropMap',
]);
/** Their weights belong to the layers around them. */
const NORMS = new Set(['batchNorm', 'layerNorm', 'layerScale', 'responseNorm']);
const WORDS: Readonly<Record<string, string>> = {
  maxPool: 'max pool',
  avgPool: 'mean pool',
  adaptiveMaxPool: 'adaptive max pool',
  adaptiveAvgPool: 'adaptive mean pool',
  globalAvgPool: 'global mean',
  scaleChannels: 'scale channels',
  covariancePool: 'root of covariance',
  multiply: 'multiply',
  add: 'add',
  concat: 'join',
  dropout: 'dropout',
  attention: 'attention',
  windowAttention: 'window attention',
  classToken: 'class token',
  positionEmbedding: 'positions',
  transpose: 'transpose',
  shuffleChannels: 'shuffle channels',
};

interface Block {
  readonly name: string;
  readonly rows: LayerRow[];
}

export function blockDiagram(layers: readonly LayerRow[]): DiagramStage[] {
  const stages: { side: number | null; blocks: DiagramBlock[] }[] = [];
  for (const block of blocksOf(layers)) {
    const drawn = draw(block);
    const side = drawn.output.length === 3 ? (drawn.output[0] ?? null) : null;
    const stage = stages.at(-1);
    const before = stage?.blocks.at(-1);
    if (!stage || stage.side !== side) stages.push({ side, blocks: [drawn] });
    else if (before && alike(before, drawn))
      stage.blocks[stage.blocks.length - 1] = {
        ...before,
        last: drawn.last,
        repeats: before.repeats + 1,
        output: drawn.output,
        learnable: before.learnable + drawn.learnable,
        multiplyAdds: before.multiplyAdds + drawn.multiplyAdds,
      };
    else stage.blocks.push(drawn);
  }
  return stages;
}

function blocksOf(layers: readonly LayerRow[]): Block[] {
  const blocks: Block[] = [];
  const headFrom = headStart(layers);
  layers.forEach((row, i) => {
    const named = i >= headFrom ? 'head' : startsBlock(row) ? (blockOf(row.name) ?? row.name) : null;
    const current = blocks.at(-1);
    if (current && (named === null || named === current.name)) current.rows.push(row);
    else blocks.push({ name: named ?? row.name, rows: [row] });
  });
  // a normalisation or pooling before the first weights stands alone; blocks that show nothing join the one before
  return blocks.filter(({ rows }) => rows.some(({ kind }) => !HIDDEN.has(kind)));
}

/**
 * Whether the block of a layer is its name's; a normalisation joins the layer before it, unless its name says that it
 * is a block's first.
 */
function startsBlock({ name, kind, weights }: LayerRow): boolean {
  return weights.length > 0 && (!NORMS.has(kind) || (name.includes('.') && (blockOf(name) ?? name) !== name));
}

/** Where the vectors at the end begin, or the convolutions that stand for dense layers. */
function headStart(layers: readonly LayerRow[]): number {
  const lastMap = layers.findLastIndex((row) => row.output.length >= 2);
  const convolutional = layers.findIndex((row) => /^fc\d$/.test(row.name) && row.kind === 'conv');
  return convolutional >= 0 ? convolutional : lastMap + 1;
}

function draw({ name, rows }: Block): DiagramBlock {
  return {
    first: name,
    last: name,
    repeats: 1,
    steps: rows.filter(({ kind }) => !HIDDEN.has(kind)).map(step),
    output: rows.at(-1)?.output ?? [],
    learnable: rows.reduce((sum, row) => sum + row.learnable, 0),
    multiplyAdds: rows.reduce((sum, row) => sum + row.multiplyAdds, 0),
  };
}

function step({ kind, kernel, stride = 1, groups = 1, input, output }: LayerRow): string {
  const strided = stride > 1 ? ` /${stride}` : '';
  const window = kernel ? kernel.join('×') : '';
  if (kind === 'conv') return `${window} ${output.at(-1)}${strided}${groupWords(groups, input.at(-1))}`;
  if (kind === 'dense') return `dense ${output.at(-1)}`;
  const word = WORDS[kind] ?? kind;
  return kernel
    ? `${word} ${window}${strided}`
    : kind.startsWith('adaptive')
      ? `${word} to ${output[0]}×${output[1]}`
      : word;
}

function groupWords(groups: number, channels: number | undefined): string {
  if (groups === 1) return '';
  return groups === channels ? ', depthwise' : `, ${groups} groups`;
}

function alike(a: DiagramBlock, b: DiagramBlock): boolean {
  return a.steps.join('\n') === b.steps.join('\n');
}
