/** Names of published transformers, ConvNeXts and RegNets: timm's are ours; torchvision's. */
import type { LayerRow } from '../../models/describe.ts';
import { TORCHVISION_INPUT } from '../../models/published.ts';
import { type NameMap, timmMap } from './nameMap.ts';

type Rule = readonly [ours: RegExp, theirs: string | ((...groups: string[]) => string)];

/** The first rule that matches a layer's name rewrites it. */
function rewritten(layers: readonly LayerRow[], rules: readonly Rule[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { name } of layers) {
    const rule = rules.find(([ours]) => ours.test(name));
    if (rule)
      names.set(
        name,
        name.replace(rule[0], (_all: string, ...groups: string[]) => expand(rule[1], groups)),
      );
  }
  return names;
}

function expand(theirs: Rule[1], groups: readonly string[]): string {
  return typeof theirs === 'function'
    ? theirs(...groups)
    : theirs.replace(/\$(\d)/g, (_all, n: string) => groups[Number(n) - 1]!);
}

const ENCODER = 'encoder.layers.encoder_layer_$1';
const VIT: readonly Rule[] = [
  [/^cls_token$/, 'class_token'],
  [/^pos_embed$/, 'encoder.pos_embedding'],
  [/^patch_embed\.proj$/, 'conv_proj'],
  [/^blocks\.(\d+)\.norm([12])$/, `${ENCODER}.ln_$2`],
  [/^blocks\.(\d+)\.attn\.qkv$/, `${ENCODER}.self_attention`],
  [/^blocks\.(\d+)\.attn\.proj$/, `${ENCODER}.self_attention.out_proj`],
  [/^blocks\.(\d+)\.mlp\.fc1$/, `${ENCODER}.mlp.0`],
  [/^blocks\.(\d+)\.mlp\.fc2$/, `${ENCODER}.mlp.3`],
  [/^norm$/, 'encoder.ln'],
  [/^head$/, 'heads.head'],
];

/** Stages are the odd features; what halves the map before one, the even. */
const feature = (stage: string): number => 2 * Number(stage) + 1;
const SWIN: readonly Rule[] = [
  [/^patch_embed\.proj$/, 'features.0.0'],
  [/^patch_embed\.norm$/, 'features.0.2'],
  [/^layers\.(\d)\.downsample\.(\w+)$/, (stage, part) => `features.${2 * Number(stage)}.${part}`],
  [/^layers\.(\d)\.blocks\.(\d+)\.mlp\.fc1$/, (stage, block) => `features.${feature(stage)}.${block}.mlp.0`],
  [/^layers\.(\d)\.blocks\.(\d+)\.mlp\.fc2$/, (stage, block) => `features.${feature(stage)}.${block}.mlp.3`],
  [/^layers\.(\d)\.blocks\.(\d+)\.(.+)$/, (stage, block, part) => `features.${feature(stage)}.${block}.${part}`],
  [/^head\.fc$/, 'head'],
];

const CONVNEXT_PARTS: Readonly<Record<string, string>> = {
  '.conv_dw': '.block.0',
  '.norm': '.block.2',
  '.mlp.fc1': '.block.3',
  '.mlp.fc2': '.block.5',
  '': '',
};
const CONVNEXT: readonly Rule[] = [
  [/^stem\.([01])$/, 'features.0.$1'],
  [/^stages\.(\d)\.downsample\.([01])$/, (stage, part) => `features.${2 * Number(stage)}.${part}`],
  [
    /^stages\.(\d)\.blocks\.(\d+)(.*)$/,
    (stage, block, part) => `features.${feature(stage)}.${block}${CONVNEXT_PARTS[part]}`,
  ],
  [/^head\.norm$/, 'classifier.0'],
  [/^head\.fc$/, 'classifier.2'],
];

const REGNET_PARTS: Readonly<Record<string, string>> = {
  'conv1.conv': 'f.a.0',
  'conv1.bn': 'f.a.1',
  'conv2.conv': 'f.b.0',
  'conv2.bn': 'f.b.1',
  'se.fc1': 'f.se.fc1',
  'se.fc2': 'f.se.fc2',
  'conv3.conv': 'f.c.0',
  'conv3.bn': 'f.c.1',
  'downsample.conv': 'proj.0',
  'downsample.bn': 'proj.1',
};
const REGNET: readonly Rule[] = [
  [/^stem\.conv$/, 'stem.0'],
  [/^stem\.bn$/, 'stem.1'],
  [
    /^s(\d)\.b(\d+)\.(.+)$/,
    (stage, block, part) => `trunk_output.block${stage}.block${stage}-${Number(block) - 1}.${REGNET_PARTS[part]}`,
  ],
  [/^head\.fc$/, 'fc'],
];

const torchvision = (family: string, rules: readonly Rule[]): NameMap => ({
  title: 'torchvision',
  family,
  preprocessing: TORCHVISION_INPUT,
  notes: [],
  layerNames: (layers) => rewritten(layers, rules),
});

export const attentionMaps: readonly NameMap[] = [
  ...['vit', 'deit', 'swin', 'mixer', 'convnext', 'regnet'].map(timmMap),
  torchvision('vit', VIT),
  torchvision('swin', SWIN),
  torchvision('convnext', CONVNEXT),
  torchvision('regnet', REGNET),
];
