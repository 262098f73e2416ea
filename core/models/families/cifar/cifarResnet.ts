/**
 * ResNets for 32-pixel pictures (He et al. 2015, arXiv:1512.03385, section 4.2): three stages of 16, 32 and 64
 * channels, shortcuts without parameters.
 */
import type { Builder, Value } from '../../builder.ts';
import { convBlock } from '../convBlock.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { averageHead } from '../residual/residualNetwork.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

/** Depth 6 n + 2, and the paper's error on CIFAR-10's test set in per cent. */
const variants = [
  { depth: 20, errorPct: 8.75 },
  { depth: 32, errorPct: 7.51 },
  { depth: 44, errorPct: 7.17 },
  { depth: 56, errorPct: 6.97 },
] as const;

export const cifarResnetModels: readonly Model[] = variants.map(({ depth, errorPct }) =>
  defineModel({
    name: `resnet${depth}_cifar`,
    title: `ResNet-${depth} for CIFAR`,
    aliases: [`resnet${depth}`, `cifar_resnet${depth}`],
    family: 'cifar-resnet',
    paper: 'https://arxiv.org/abs/1512.03385',
    source: 'section 4.2 of the paper',
    license: 'none needed: built from the paper',
    notes:
      'Option A: where a stage starts, the shortcut takes every second pixel and gets zero channels on both sides.',
    preprocessing: null,
    published: [
      {
        dataset: 'CIFAR-10 test',
        protocol: '32×32, whole image, trained with 4 pixels of padding, random crop and flip',
        top1ErrorPct: errorPct,
        top5ErrorPct: null,
      },
    ],
    nativeSize: 32,
    minSize: 8,
    minSizeSmallInput: null,
    supports: ['widthFactor', 'depthFactor', 'dropout', 'dropPath'],
    network: (builder, input, shape) =>
      averageHead(builder, cifarResnet(builder, input, shape, (depth - 2) / 6), shape),
  }),
);

/** Layers `conv1`, `res<stage>_<block>_conv1`, `_conv2`. */
function cifarResnet<V extends Value>(builder: Builder<V>, input: V, { options }: NetworkShape, blocks: number): V {
  let x = convBlock(builder, input, 'conv1', { filters: scaledWidth(16, options), kernel: 3 });
  const dropPath = stochasticDepth(builder, options, totalBlocks([blocks, blocks, blocks], options));
  [16, 32, 64].forEach((filters, stage) => {
    const width = scaledWidth(filters, options);
    for (let block = 0; block < scaledDepth(blocks, options); block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const name = `res${stage + 1}_${block + 1}`;
      let y = convBlock(builder, x, `${name}_conv1`, { filters: width, kernel: 3, stride });
      y = convBlock(builder, y, `${name}_conv2`, { filters: width, kernel: 3, activation: null });
      x = builder.relu(
        builder.add(zeroPadded(builder, stride === 1 ? x : builder.subsample(x, stride), width), dropPath(y)),
      );
    }
  });
  return x;
}

/** Zero channels on both sides up to `width`; as they are where the widths agree. */
function zeroPadded<V extends Value>(builder: Builder<V>, x: V, width: number): V {
  const missing = width - (x.shape.at(-1) ?? 0);
  return missing === 0 ? x : builder.padChannels(x, Math.floor(missing / 2), Math.ceil(missing / 2));
}
