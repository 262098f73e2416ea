/**
 * ResNets with covariance pooling: iSQRT-COV (Li et al. 2018, arXiv:1712.01034) and 3G-Net (Wang et al., CVPR 2019,
 * pages 5080–5088).
 */
import type { PublishedResult } from '../../../../contract/network.ts';
import type { Builder, Value } from '../../builder.ts';
import { convBlock } from '../convBlock.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TORCHVISION_INPUT } from '../../published.ts';
import { numberedNames, residualFeatures, type ResidualDesign } from './residualNetwork.ts';
import { scaledWidth } from '../widths.ts';

/** Channels that the covariance is taken of. */
const REDUCED = 256;
const ITERATIONS = 5;
const REWEIGHTINGS = 3;

interface CovarianceVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly block: 'basic' | 'bottleneck';
  readonly blocks: readonly [number, number, number, number];
  /** Learned re-weighting of the positions before the covariance, its ridge and column order: 3G-Net. */
  readonly gaussian: boolean;
  readonly published: readonly PublishedResult[];
}

const variants: readonly CovarianceVariant[] = [
  {
    name: 'resnet18_3g',
    title: 'ResNet-18 3G',
    aliases: [],
    block: 'basic',
    blocks: [2, 2, 2, 2],
    gaussian: true,
    published: [],
  },
  {
    name: 'resnet50_3g',
    title: 'ResNet-50 3G',
    aliases: ['resnet50-3g'],
    block: 'bottleneck',
    blocks: [3, 4, 6, 3],
    gaussian: true,
    published: [imageNet(21.34, 5.7), places(43.07, 13.44)],
  },
  {
    name: 'resnet101_3g',
    title: 'ResNet-101 3G',
    aliases: ['resnet101-3g'],
    block: 'bottleneck',
    blocks: [3, 4, 23, 3],
    gaussian: true,
    published: [imageNet(20.4, 5.21), places(42.82, 13)],
  },
  {
    name: 'resnet50_isqrt',
    title: 'ResNet-50 iSQRT-COV',
    aliases: ['mpncovresnet50', 'resnet50-isqrt-cov'],
    block: 'bottleneck',
    blocks: [3, 4, 6, 3],
    gaussian: false,
    published: [imageNet(21.71, 6.13)],
  },
  {
    name: 'resnet101_isqrt',
    title: 'ResNet-101 iSQRT-COV',
    aliases: ['mpncovresnet101', 'resnet101-isqrt-cov'],
    block: 'bottleneck',
    blocks: [3, 4, 23, 3],
    gaussian: false,
    published: [imageNet(20.99, 5.56)],
  },
];

export const covarianceModels: readonly Model[] = variants.map(({ block, blocks, gaussian, ...card }) =>
  defineModel({
    ...card,
    family: gaussian ? '3g' : 'isqrt-cov',
    paper: gaussian
      ? 'https://openaccess.thecvf.com/content_CVPR_2019/html/' +
        'Wang_Deep_Global_Generalized_Gaussian_Networks_CVPR_2019_paper.html'
      : 'https://arxiv.org/abs/1712.01034',
    source: gaussian ? 'https://github.com/csqlwang/3G-Net' : 'https://github.com/jiangtaoxie/fast-MPN-COV',
    license: gaussian ? 'weights without a stated licence; built from the paper' : 'MIT (jiangtaoxie/fast-MPN-COV)',
    notes:
      `Last stage with stride 1, 1×1 convolution to ${REDUCED} channels, covariance, ${ITERATIONS} Newton–Schulz steps` +
      `${gaussian ? `, ${REWEIGHTINGS} learned re-weightings before it` : ''}.`,
    preprocessing: TORCHVISION_INPUT,
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 16,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, input, shape) =>
      covarianceNet(
        builder,
        input,
        shape,
        { block, blocks, pool: 'padded', lastStride: 1, names: numberedNames('res') },
        gaussian,
      ),
  }),
);

/**
 * Layers of the ResNet as `resnet50`, then `layer_reduce`, `atmp1_map1` … `atmp3_atmap3` (3G-Net), `covariance`,
 * `classifier`.
 */
function covarianceNet<V extends Value>(
  builder: Builder<V>,
  input: V,
  shape: NetworkShape,
  design: ResidualDesign,
  gaussian: boolean,
): V {
  const reduced = convBlock(builder, residualFeatures(builder, input, shape, design), 'layer_reduce', {
    filters: scaledWidth(REDUCED, shape.options),
    kernel: 1,
  });
  let x = reduced;
  if (gaussian) {
    for (let k = 1; k <= REWEIGHTINGS; k++) x = reweighting(builder, x, reduced, `atmp${k}`);
  }
  let vector = builder.covariancePool(
    x,
    'covariance',
    gaussian ? { iterations: ITERATIONS, ridge: 1e-7, order: 'columns' } : { iterations: ITERATIONS },
  );
  if (shape.options.dropout) vector = builder.dropout(vector, 'dropout', shape.options.dropout);
  return builder.dense(vector, 'classifier', { units: shape.classes, init: { kind: 'glorot' } });
}

/**
 * One step of the iteration that weighs positions, learned: `x` are the positions weighed so far, `origin` the features
 * before any weighing. u = relu(map1(x) · map2(x) + map21(origin)), v = relu(map3(u)) · relu(map4(u)), t =
 * atmap2(relu(atmap1(v))), weight = sigmoid(t + atmap3(t)); every map 1×1 without bias.
 */
function reweighting<V extends Value>(builder: Builder<V>, x: V, origin: V, name: string): V {
  const channels = x.shape.at(-1) ?? 0;
  const map = (from: V, suffix: string, filters: number, relu: boolean): V =>
    convBlock(builder, from, `${name}_map${suffix}`, {
      filters,
      kernel: 1,
      activation: relu ? 'relu' : null,
      bnName: `${name}_bn${suffix}`,
    });
  const product = builder.multiply(map(x, '1', channels, false), map(x, '2', channels, false));
  const u = builder.relu(builder.add(product, map(origin, '21', channels, false)));
  const v = builder.multiply(map(u, '3', channels, true), map(u, '4', channels, true));
  const attention = convBlock(builder, v, `${name}_atmap1`, {
    filters: Math.max(1, Math.floor(channels / 4)),
    kernel: 1,
    bnName: `${name}_bnat1`,
  });
  const t = builder.conv(attention, `${name}_atmap2`, { filters: 1, kernel: 1, bias: false });
  const weight = builder.sigmoid(
    builder.add(t, builder.conv(t, `${name}_atmap3`, { filters: 1, kernel: 1, bias: false })),
  );
  return builder.multiply(x, weight);
}

function imageNet(top1ErrorPct: number, top5ErrorPct: number): PublishedResult {
  return { dataset: 'ImageNet-1k val', protocol: 'centre crop 224 of short side 256', top1ErrorPct, top5ErrorPct };
}

function places(top1ErrorPct: number, top5ErrorPct: number): PublishedResult {
  return { dataset: 'Places365 val', protocol: '10 crops 224 of short side 256', top1ErrorPct, top5ErrorPct };
}
