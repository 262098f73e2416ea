/** Xception (Chollet 2016, arXiv:1610.02357): depthwise separable convolutions with residual connections. */
import type { Builder, Value } from '../../builder.ts';
import { convBlock } from '../convBlock.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { CAFFE_ZOO_SOURCE, CENTRED_INPUT, timmResult, zooResults } from '../../published.ts';
import { averageHead } from '../residual/residualNetwork.ts';
import { stochasticDepth } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

interface XceptionVariant {
  readonly epsilon: number;
  /**
   * `same`: even maps get their padding after the last pixel only, as in TensorFlow; `padded`: one pixel on every side.
   */
  readonly pooling: 'same' | 'padded';
}

const KERAS: XceptionVariant = { epsilon: 1e-3, pooling: 'same' };
const TIMM: XceptionVariant = { epsilon: 1e-5, pooling: 'padded' };

const card = {
  family: 'xception',
  paper: 'https://arxiv.org/abs/1610.02357',
  nativeSize: 299,
  minSize: 71,
  minSizeSmallInput: 32,
  supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
} as const;

export const xceptionModels: readonly Model[] = [
  defineModel({
    ...card,
    name: 'xception',
    title: 'Xception',
    aliases: ['xception.caffe'],
    source: CAFFE_ZOO_SOURCE,
    license: 'MIT (soeaver/caffe-model)',
    notes: 'As the Keras original: BatchNorm epsilon 0.001, poolings padded as TensorFlow does.',
    preprocessing: CENTRED_INPUT,
    published: zooResults(299, ['20.90/5.49', '19.68/4.90', '19.58/4.77', '18.91/4.39']),
    network: (builder, input, shape) => averageHead(builder, xception(builder, input, shape, KERAS), shape),
  }),
  defineModel({
    ...card,
    name: 'legacy_xception',
    title: 'Xception (timm)',
    aliases: [],
    source: 'https://github.com/huggingface/pytorch-image-models',
    license: 'Apache-2.0 (timm)',
    notes: 'BatchNorm epsilon 1e-5, every pooling padded.',
    preprocessing: {
      size: 299,
      resize: 333,
      interpolation: 'cubic',
      color: 'rgb',
      scale: 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      labels: 'ilsvrc2012',
    },
    published: [timmResult(299, 333, 20.96, 5.618)],
    network: (builder, input, shape) => averageHead(builder, xception(builder, input, shape, TIMM), shape),
  }),
];

/**
 * Entry flow blocks 1 to 3, middle flow (8 of them), exit flow block and two separable convolutions. Layers
 * `xception1_conv1_1` (depthwise), `_conv1_2` (1×1).
 */
function xception<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options }: NetworkShape,
  { epsilon, pooling }: XceptionVariant,
): V {
  const { smallInput = false } = options;
  const width = (filters: number): number => scaledWidth(filters, options);
  const middle = scaledDepth(8, options);
  const dropPath = stochasticDepth(builder, options, middle + 4);
  const separable = (x: V, layer: string, bnName: string, filters: number, relu: boolean): V => {
    const depthwise = builder.conv(x, `${layer}_1`, {
      filters: x.shape.at(-1) ?? 0,
      kernel: 3,
      padding: 1,
      groups: x.shape.at(-1) ?? 0,
      bias: false,
    });
    return convBlock(builder, depthwise, `${layer}_2`, {
      filters,
      kernel: 1,
      activation: relu ? 'relu' : null,
      epsilon,
      bnName,
    });
  };
  const reducing = (x: V, n: number, widths: readonly [number, number], stride: 1 | 2): V => {
    const name = `xception${n}`;
    const first = separable(n === 1 ? x : builder.relu(x), `${name}_conv1`, `${name}_conv1_bn`, widths[0], true);
    const y = separable(first, `${name}_conv2`, `${name}_conv2_bn`, widths[1], false);
    const shortcut = convBlock(builder, x, `${name}_match_conv`, {
      filters: widths[1],
      kernel: 1,
      stride,
      activation: null,
      epsilon,
    });
    if (stride === 1) return builder.add(shortcut, dropPath(y));
    const before = pooling === 'same' && y.shape[0]! % 2 === 0 ? 0 : 1;
    return builder.add(
      shortcut,
      dropPath(
        builder.maxPool(y, {
          kernel: 3,
          stride: 2,
          padding: [
            [before, 1],
            [before, 1],
          ],
        }),
      ),
    );
  };
  let x = convBlock(builder, input, 'conv1', {
    filters: width(32),
    kernel: 3,
    stride: smallInput ? 1 : 2,
    padding: 'valid',
    epsilon,
  });
  x = convBlock(builder, x, 'conv2', { filters: width(64), kernel: 3, padding: 'valid', epsilon });
  x = reducing(x, 1, [width(128), width(128)], smallInput ? 1 : 2);
  x = reducing(x, 2, [width(256), width(256)], 2);
  x = reducing(x, 3, [width(728), width(728)], 2);
  for (let n = 4; n < 4 + middle; n++) {
    let y = x;
    for (const layer of [1, 2, 3])
      y = separable(
        layer === 1 ? builder.relu(y) : y,
        `xception${n}_conv${layer}`,
        `xception${n}_conv${layer}_bn`,
        width(728),
        layer < 3,
      );
    x = builder.add(x, dropPath(y));
  }
  x = reducing(x, 4 + middle, [width(728), width(1024)], 2);
  x = separable(x, 'conv3', 'conv3_bn', width(1536), true);
  return separable(x, 'conv4', 'conv4_bn', width(2048), true);
}
