/** Names of published dual path networks in timm (as the authors' own for PyTorch). */
import type { PublishedInput } from '../../../contract/network.ts';
import type { LayerRow } from '../../models/describe.ts';
import type { ForeignLayer, NameMap } from './nameMap.ts';

/** (byte − mean) / 59.88 as timm writes it. */
const TIMM_INPUT: PublishedInput = {
  size: 224,
  resize: 256,
  interpolation: 'cubic',
  color: 'rgb',
  scale: 255,
  mean: [124 / 255, 117 / 255, 104 / 255],
  std: [59.88 / 255, 59.88 / 255, 59.88 / 255],
  labels: 'ilsvrc2012',
};

function timmNames(layers: readonly LayerRow[]): Map<string, string | ForeignLayer> {
  const names = new Map<string, string | ForeignLayer>([
    ['conv1', 'features.conv1_1.conv'],
    ['conv1_bn', 'features.conv1_1.bn'],
    ['pool_ave_concat_bn', 'features.conv5_bn_ac.bn'],
    ['classifier', 'classifier'],
  ]);
  const filters = new Map(layers.map(({ name, output }) => [name, output.at(-1) ?? 0]));
  const starts = layers.flatMap(({ name }) => /^dpn(\d+)_match_conv$/.exec(name)?.[1] ?? []).map(Number);
  for (const { name, stride } of layers) {
    const match = /^dpn(\d+)_(.+)$/.exec(name);
    if (!match) continue;
    const index = Number(match[1]);
    const stage = starts.filter((start) => start <= index).length;
    const block = `features.conv${stage + 1}_${index - (starts[stage - 1] ?? 1) + 1}`;
    if (match[2] === 'match_conv')
      names.set(name, `${block}.c1x1_w_s${stride}.conv`).set(`dpn${index}_match_bn`, `${block}.c1x1_w_s${stride}.bn`);
    const simple = {
      bn: 'c1x1_a.bn',
      conv1: 'c1x1_a.conv',
      conv1_bn: 'c3x3_b.bn',
      conv2: 'c3x3_b.conv',
      conv2_bn: 'c1x1_c.bn',
      conv3: 'c1x1_c.conv',
    }[match[2]!];
    if (simple) names.set(name, `${block}.${simple}`);
    // Where our last 1×1 convolution is two, theirs is one with both outputs.
    const residual = filters.get(`dpn${index}_conv3_branch1`) ?? 0;
    const all = residual + (filters.get(`dpn${index}_conv3_branch2`) ?? 0);
    if (match[2] === 'conv3_branch1')
      names.set(name, { name: `${block}.c1x1_c.conv`, outputs: { from: 0, to: residual, of: all } });
    if (match[2] === 'conv3_branch2')
      names.set(name, { name: `${block}.c1x1_c.conv`, outputs: { from: residual, to: all, of: all } });
  }
  return names;
}

export const dpnMaps: readonly NameMap[] = [
  { title: 'timm', family: 'dpn', epsilon: 1e-3, preprocessing: TIMM_INPUT, notes: [], layerNames: timmNames },
];
