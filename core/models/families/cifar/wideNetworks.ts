/**
 * Networks for pictures of 32 pixels beyond section 4.2's: Wide ResNet, ResNeXt-29 and PyramidNet, each as its paper
 * writes it.
 */
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { convBlock } from '../convBlock.ts';
import { averageHead } from '../residual/residualNetwork.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

const CIFAR_PROTOCOL = '32×32, whole image, trained with 4 pixels of padding, random crop and flip';

const card = {
  source: 'the paper',
  license: 'none needed: built from the paper',
  preprocessing: null,
  nativeSize: 32,
  minSize: 8,
  minSizeSmallInput: null,
  supports: ['widthFactor', 'depthFactor', 'dropout', 'dropPath'],
} as const;

const figure = (dataset: string, top1ErrorPct: number) => ({
  dataset: `${dataset} test`,
  protocol: CIFAR_PROTOCOL,
  top1ErrorPct,
  top5ErrorPct: null,
});

export const wideCifarModels: readonly Model[] = [
  defineModel({
    ...card,
    name: 'wide_resnet28_10',
    title: 'Wide ResNet-28-10 for CIFAR',
    aliases: ['wrn-28-10', 'wrn28-10'],
    family: 'wide-resnet-cifar',
    paper: 'https://arxiv.org/abs/1605.07146',
    notes: 'Blocks with the activation first; no dropout inside them.',
    published: [figure('CIFAR-10', 4), figure('CIFAR-100', 19.25)],
    network: (builder, input, shape) => averageHead(builder, wideResnet(builder, input, shape, 4, 10), shape),
  }),
  defineModel({
    ...card,
    name: 'resnext29_8x64d',
    title: 'ResNeXt-29 (8×64d) for CIFAR',
    aliases: ['resnext29-8x64d'],
    family: 'resnext-cifar',
    paper: 'https://arxiv.org/abs/1611.05431',
    notes: 'Three stages of three blocks of 8 groups.',
    published: [figure('CIFAR-10', 3.65), figure('CIFAR-100', 17.77)],
    network: (builder, input, shape) => averageHead(builder, resnext29(builder, input, shape), shape),
  }),
  defineModel({
    ...card,
    name: 'pyramidnet110_a270',
    title: 'PyramidNet-110 (α = 270) for CIFAR',
    aliases: ['pyramidnet-110-270'],
    family: 'pyramidnet',
    paper: 'https://arxiv.org/abs/1610.02915',
    notes: 'Basic blocks whose width grows by the same amount each; shortcuts without parameters.',
    published: [figure('CIFAR-10', 3.73), figure('CIFAR-100', 18.25)],
    network: (builder, input, shape) => averageHead(builder, pyramidNet(builder, input, shape, 18, 270), shape),
  }),
  defineModel({
    ...card,
    name: 'pyramidnet110_a48',
    title: 'PyramidNet-110 (α = 48) for CIFAR',
    aliases: ['pyramidnet-110-48'],
    family: 'pyramidnet',
    paper: 'https://arxiv.org/abs/1610.02915',
    notes: 'Basic blocks whose width grows by the same amount each; shortcuts without parameters.',
    published: [figure('CIFAR-10', 4.58), figure('CIFAR-100', 23.12)],
    network: (builder, input, shape) => averageHead(builder, pyramidNet(builder, input, shape, 18, 48), shape),
  }),
];

/** Layers `conv1`, `res<stage>_<block>_bn1`, `_conv1`, `_bn2`, `_conv2`, `_shortcut`, `last_bn`. */
function wideResnet<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options }: NetworkShape,
  blocks: number,
  widen: number,
): V {
  let x = builder.conv(input, 'conv1', { filters: scaledWidth(16, options), kernel: 3, padding: 1, bias: false });
  const dropPath = stochasticDepth(builder, options, totalBlocks([blocks, blocks, blocks], options));
  [16, 32, 64].forEach((base, stage) => {
    const filters = scaledWidth(base * widen, options);
    for (let block = 0; block < scaledDepth(blocks, options); block++) {
      const name = `res${stage + 1}_${block + 1}`;
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const normal = builder.relu(builder.batchNorm(x, `${name}_bn1`));
      let y = convBlock(builder, normal, `${name}_conv1`, { filters, kernel: 3, stride, bnName: `${name}_bn2` });
      y = builder.conv(y, `${name}_conv2`, { filters, kernel: 3, padding: 1, bias: false });
      const same = x.shape.at(-1) === filters && stride === 1;
      const shortcut = same ? x : builder.conv(normal, `${name}_shortcut`, { filters, kernel: 1, stride, bias: false });
      x = builder.add(shortcut, dropPath(y));
    }
  });
  return builder.relu(builder.batchNorm(x, 'last_bn'));
}

const GROUPS = 8;
const GROUP_WIDTH = 64;

/** Layers `conv1`, `res<stage>_<block>_conv1` to `_conv3`, `_shortcut`, each with its `_bn`. */
function resnext29<V extends Value>(builder: Builder<V>, input: V, { options }: NetworkShape): V {
  const blocks = 3;
  let x = convBlock(builder, input, 'conv1', { filters: scaledWidth(64, options), kernel: 3 });
  const dropPath = stochasticDepth(builder, options, totalBlocks([blocks, blocks, blocks], options));
  for (const stage of [0, 1, 2]) {
    const width = scaledWidth(GROUPS * GROUP_WIDTH * 2 ** stage, options, GROUPS);
    const filters = scaledWidth(256 * 2 ** stage, options);
    for (let block = 0; block < scaledDepth(blocks, options); block++) {
      const name = `res${stage + 1}_${block + 1}`;
      const stride = block === 0 && stage > 0 ? 2 : 1;
      let y = convBlock(builder, x, `${name}_conv1`, { filters: width, kernel: 1 });
      y = convBlock(builder, y, `${name}_conv2`, { filters: width, kernel: 3, stride, groups: GROUPS });
      y = convBlock(builder, y, `${name}_conv3`, { filters, kernel: 1, activation: null });
      const same = stride === 1 && x.shape.at(-1) === filters;
      const shortcut = same
        ? x
        : convBlock(builder, x, `${name}_shortcut`, { filters, kernel: 1, stride, activation: null });
      x = builder.relu(builder.add(shortcut, dropPath(y)));
    }
  }
  return x;
}

/**
 * Layers `conv1`, `res<stage>_<block>_bn1`, `_conv1`, `_bn2`, `_conv2`, `_bn3`, `last_bn`. Block k of N is 16 + α k / N
 * wide.
 */
function pyramidNet<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options }: NetworkShape,
  blocks: number,
  alpha: number,
): V {
  let x = convBlock(builder, input, 'conv1', { filters: scaledWidth(16, options), kernel: 3, activation: null });
  const deep = scaledDepth(blocks, options);
  const dropPath = stochasticDepth(builder, options, 3 * deep);
  for (let index = 1; index <= 3 * deep; index++) {
    const stage = Math.ceil(index / deep);
    const block = index - (stage - 1) * deep;
    const name = `res${stage}_${block}`;
    const stride = block === 1 && stage > 1 ? 2 : 1;
    // The authors' code rounds the width of each block, not the sum that it is made of.
    const filters = scaledWidth(Math.round(16 + (alpha * index) / (3 * deep)), options);
    let y = builder.batchNorm(x, `${name}_bn1`);
    y = convBlock(builder, y, `${name}_conv1`, { filters, kernel: 3, stride, bnName: `${name}_bn2` });
    y = builder.conv(y, `${name}_conv2`, { filters, kernel: 3, padding: 1, bias: false });
    y = builder.batchNorm(y, `${name}_bn3`);
    const small = stride === 1 ? x : builder.avgPool(x, { kernel: 2, stride: 2, ceil: true });
    const missing = filters - small.shape.at(-1)!;
    x = builder.add(missing === 0 ? small : builder.padChannels(small, 0, missing), dropPath(y));
  }
  return builder.relu(builder.batchNorm(x, 'last_bn'));
}
