/**
 * Vision Transformer (Dosovitskiy et al. 2020, arXiv:2010.11929) and DeiT (Touvron et al. 2020, arXiv:2012.12877),
 * patches of 16 pixels.
 */
import type { PublishedResult } from '../../../../contract/network.ts';
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TIMM_SOURCE, timmInput, timmResult } from '../../published.ts';
import { stochasticDepth } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';
import { perceptron, TRANSFORMER_INIT } from './perceptron.ts';

interface VitVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly width: number;
  readonly heads: number;
  readonly published: readonly PublishedResult[];
}

const DEPTH = 12;
const PATCH = 16;
/** For pictures of 32 and 64 pixels. */
const SMALL_PATCH = 4;
const EXPAND = 4;

const variants: readonly VitVariant[] = [
  {
    name: 'vit_tiny_patch16_224',
    title: 'ViT-Ti/16',
    aliases: ['vit-tiny-16'],
    width: 192,
    heads: 3,
    published: [timmResult(224, 248, 24.548, 7.142)],
  },
  {
    name: 'vit_small_patch16_224',
    title: 'ViT-S/16',
    aliases: ['vit-small-16'],
    width: 384,
    heads: 6,
    published: [timmResult(224, 248, 18.598, 3.85)],
  },
  {
    name: 'vit_base_patch16_224',
    title: 'ViT-B/16',
    aliases: ['vit-base-16', 'vit_b_16'],
    width: 768,
    heads: 12,
    published: [timmResult(224, 248, 14.892, 2.47)],
  },
  {
    name: 'deit_tiny_patch16_224',
    title: 'DeiT-Ti/16',
    aliases: ['deit-tiny'],
    width: 192,
    heads: 3,
    published: [timmResult(224, 248, 27.81, 8.9)],
  },
  {
    name: 'deit_small_patch16_224',
    title: 'DeiT-S/16',
    aliases: ['deit-small'],
    width: 384,
    heads: 6,
    published: [timmResult(224, 248, 20.144, 4.944)],
  },
  {
    name: 'deit_base_patch16_224',
    title: 'DeiT-B/16',
    aliases: ['deit-base'],
    width: 768,
    heads: 12,
    published: [timmResult(224, 248, 18.02, 4.26)],
  },
];

const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

export const vitModels: readonly Model[] = variants.map(({ width, heads, ...card }) => {
  const isDeit = card.name.startsWith('deit');
  return defineModel({
    ...card,
    family: isDeit ? 'deit' : 'vit',
    paper: isDeit ? 'https://arxiv.org/abs/2012.12877' : 'https://arxiv.org/abs/2010.11929',
    source: TIMM_SOURCE,
    license: 'Apache-2.0 (timm)',
    notes:
      'The position embedding belongs to one input size; weights of another are interpolated. ' +
      `With the small stem, patches of ${SMALL_PATCH} pixels.`,
    preprocessing: timmInput(224, 0.9, isDeit ? {} : HALF),
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 16,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, input, shape) => vit(builder, input, shape, width, heads),
  });
});

/**
 * Layers `patch_embed.proj`, `cls_token`, `pos_embed`, `blocks.<block>.norm1`, `.attn.qkv`, `.attn.proj`, `.norm2`,
 * `.mlp.fc1`, `.mlp.fc2`, `norm`, `head`: timm's names.
 */
function vit<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options, classes }: NetworkShape,
  width: number,
  heads: number,
): V {
  const { smallInput = false, dropout = 0 } = options;
  const channels = scaledWidth(width, options, 8 * heads);
  const side = smallInput ? SMALL_PATCH : PATCH;
  const patches = builder.conv(input, 'patch_embed.proj', { filters: channels, kernel: side, stride: side });
  let x = builder.classToken(builder.tokens(patches), 'cls_token');
  x = builder.positionEmbedding(x, 'pos_embed');
  const blocks = scaledDepth(DEPTH, options);
  const dropPath = stochasticDepth(builder, options, blocks, 2);
  for (let block = 0; block < blocks; block++) {
    const name = `blocks.${block}`;
    const normal = builder.layerNorm(x, `${name}.norm1`);
    const triple = builder.dense(normal, `${name}.attn.qkv`, { units: 3 * channels, init: TRANSFORMER_INIT });
    const seen = builder.attention(triple, heads);
    x = builder.add(x, dropPath(builder.dense(seen, `${name}.attn.proj`, { units: channels, init: TRANSFORMER_INIT })));
    const hidden = perceptron(builder, builder.layerNorm(x, `${name}.norm2`), `${name}.mlp`, EXPAND * channels);
    x = builder.add(x, dropPath(hidden));
  }
  x = builder.firstToken(builder.layerNorm(x, 'norm'));
  if (dropout > 0) x = builder.dropout(x, 'dropout', dropout);
  return builder.dense(x, 'head', { units: classes, init: TRANSFORMER_INIT });
}
