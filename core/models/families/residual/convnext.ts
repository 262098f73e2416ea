/**
 * ConvNeXt (Liu et al. 2022, arXiv:2201.03545) and V2 (Woo et al. 2023, arXiv:2301.00808), with global response
 * normalisation in place of the scale.
 */
import type { PublishedResult } from '../../../../contract/network.ts';
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TIMM_SOURCE, timmInput, timmResult } from '../../published.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

interface ConvNextVariant {
  readonly name: string;
  readonly title: string;
  readonly version: 1 | 2;
  readonly blocks: readonly [number, number, number, number];
  /** Channels of the first stage; they double from stage to stage. */
  readonly width: number;
  readonly published: readonly PublishedResult[];
}

/** Errors at 288 and 224 pixels; the share of the crop at 288 is 0.95 where the networks are small. */
function figures(share: number, at288: readonly [number, number], at224: readonly [number, number]): PublishedResult[] {
  return [timmResult(288, Math.floor(288 / share), ...at288), timmResult(224, 256, ...at224)];
}

const variants: readonly ConvNextVariant[] = [
  {
    name: 'convnext_atto',
    title: 'ConvNeXt-Atto',
    version: 1,
    blocks: [2, 2, 6, 2],
    width: 40,
    published: figures(0.95, [22.984, 6.296], [24.328, 7.086]),
  },
  {
    name: 'convnext_femto',
    title: 'ConvNeXt-Femto',
    version: 1,
    blocks: [2, 2, 6, 2],
    width: 48,
    published: figures(0.95, [21.288, 5.564], [22.502, 6.322]),
  },
  {
    name: 'convnext_pico',
    title: 'ConvNeXt-Pico',
    version: 1,
    blocks: [2, 2, 6, 2],
    width: 64,
    published: figures(0.95, [19.574, 4.938], [20.484, 5.446]),
  },
  {
    name: 'convnext_nano',
    title: 'ConvNeXt-Nano',
    version: 1,
    blocks: [2, 2, 8, 2],
    width: 80,
    published: [timmResult(288, 288, 18.526, 4.33), timmResult(224, 235, 19.238, 4.668)],
  },
  {
    name: 'convnext_tiny',
    title: 'ConvNeXt-Tiny',
    version: 1,
    blocks: [3, 3, 9, 3],
    width: 96,
    published: figures(1, [17.306, 3.856], [17.934, 4.146]),
  },
  {
    name: 'convnext_small',
    title: 'ConvNeXt-Small',
    version: 1,
    blocks: [3, 3, 27, 3],
    width: 96,
    published: figures(1, [16.296, 3.184], [16.856, 3.568]),
  },
  {
    name: 'convnext_base',
    title: 'ConvNeXt-Base',
    version: 1,
    blocks: [3, 3, 27, 3],
    width: 128,
    published: figures(1, [15.534, 3.018], [16.162, 3.254]),
  },
  {
    name: 'convnextv2_atto',
    title: 'ConvNeXt V2-Atto',
    version: 2,
    blocks: [2, 2, 6, 2],
    width: 40,
    published: figures(0.95, [22.206, 6.272], [23.356, 6.958]),
  },
  {
    name: 'convnextv2_femto',
    title: 'ConvNeXt V2-Femto',
    version: 2,
    blocks: [2, 2, 6, 2],
    width: 48,
    published: figures(0.95, [20.658, 5.41], [21.524, 6.016]),
  },
  {
    name: 'convnextv2_pico',
    title: 'ConvNeXt V2-Pico',
    version: 2,
    blocks: [2, 2, 6, 2],
    width: 64,
    published: figures(0.95, [18.938, 4.524], [19.696, 4.918]),
  },
  {
    name: 'convnextv2_nano',
    title: 'ConvNeXt V2-Nano',
    version: 2,
    blocks: [2, 2, 8, 2],
    width: 80,
    published: figures(1, [17.51, 3.774], [18.144, 4.26]),
  },
  {
    name: 'convnextv2_tiny',
    title: 'ConvNeXt V2-Tiny',
    version: 2,
    blocks: [3, 3, 9, 3],
    width: 96,
    published: figures(1, [16.522, 3.282], [17.052, 3.714]),
  },
  {
    name: 'convnextv2_base',
    title: 'ConvNeXt V2-Base',
    version: 2,
    blocks: [3, 3, 27, 3],
    width: 128,
    published: figures(1, [14.51, 2.62], [15.11, 2.912]),
  },
];

const SCALE_START = 1e-6;
const EXPAND = 4;
const INIT = { kind: 'normal', std: 0.02 } as const;

export const convnextModels: readonly Model[] = variants.map(({ name, title, published, ...design }) =>
  defineModel({
    name,
    title,
    aliases: [name.replaceAll('_', '-')],
    family: 'convnext',
    paper: design.version === 1 ? 'https://arxiv.org/abs/2201.03545' : 'https://arxiv.org/abs/2301.00808',
    source: TIMM_SOURCE,
    license:
      design.version === 1 ? 'Apache-2.0 (timm)' : 'Apache-2.0 (timm); published weights CC-BY-NC-4.0 (not commercial)',
    notes: '',
    preprocessing: timmInput(224, 0.875),
    published,
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, input, shape) => convnext(builder, input, shape, design),
  }),
);

type Design = Pick<ConvNextVariant, 'version' | 'blocks' | 'width'>;

/**
 * Layers `stem.0`, `stages.<stage>.downsample.0`, `stages.<stage>.blocks.<block>.conv_dw` …, `head.norm`, `head.fc`:
 * timm's names.
 */
function convnext<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options, classes }: NetworkShape,
  { version, blocks, width }: Design,
): V {
  const { smallInput = false, dropout = 0 } = options;
  const filters = scaledWidth(width, options);
  // For small pictures one cell a pixel.
  const patch = smallInput ? { kernel: 3, padding: 1 } : { kernel: 4, stride: 4 };
  let x = builder.layerNorm(builder.conv(input, 'stem.0', { filters, init: INIT, ...patch }), 'stem.1');
  const dropPath = stochasticDepth(builder, options, totalBlocks(blocks, options));
  blocks.forEach((count, stage) => {
    const name = `stages.${stage}`;
    if (stage > 0) {
      x = builder.layerNorm(x, `${name}.downsample.0`);
      x = builder.conv(x, `${name}.downsample.1`, { filters: filters * 2 ** stage, kernel: 2, stride: 2, init: INIT });
    }
    for (let block = 0; block < scaledDepth(count, options); block++)
      x = convnextBlock(builder, x, `${name}.blocks.${block}`, version, dropPath);
  });
  x = builder.layerNorm(builder.globalAvgPool(x), 'head.norm');
  if (dropout > 0) x = builder.dropout(x, 'dropout', dropout);
  return builder.dense(x, 'head.fc', { units: classes, init: INIT });
}

function convnextBlock<V extends Value>(
  builder: Builder<V>,
  x: V,
  name: string,
  version: 1 | 2,
  dropPath: (branch: V) => V,
): V {
  const channels = x.shape.at(-1)!;
  let y = builder.conv(x, `${name}.conv_dw`, {
    filters: channels,
    kernel: 7,
    padding: 3,
    groups: channels,
    init: INIT,
  });
  y = builder.layerNorm(y, `${name}.norm`);
  y = builder.activation(builder.dense(y, `${name}.mlp.fc1`, { units: EXPAND * channels, init: INIT }), 'gelu');
  if (version === 2) y = builder.responseNorm(y, `${name}.mlp.grn`);
  y = builder.dense(y, `${name}.mlp.fc2`, { units: channels, init: INIT });
  if (version === 1) y = builder.layerScale(y, name, SCALE_START);
  return builder.add(x, dropPath(y));
}
