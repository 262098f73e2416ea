/** Every network Quorum knows, by name. */
import type { ModelCard } from '../../contract/network.ts';
import { StudioError } from '../../contract/errors.ts';
import { airnetModels } from './families/residual/airnet.ts';
import { cifarResnetModels } from './families/cifar/cifarResnet.ts';
import { covarianceModels } from './families/residual/covarianceNets.ts';
import { dpnModels } from './families/residual/dpn.ts';
import type { Model } from './family.ts';
import { inceptionResnetV2Models } from './families/inception/inceptionResnetV2.ts';
import { inceptionV3Models } from './families/inception/inceptionV3.ts';
import { inceptionV4Models } from './families/inception/inceptionV4.ts';
import { cifarQuickModels } from './families/small/cifarQuick.ts';
import { lenetModels } from './families/small/lenet.ts';
import { resnetModels } from './families/residual/resnet.ts';
import { resnetV2Models } from './families/residual/resnetV2.ts';
import { bnInceptionModels } from './families/inception/bnInception.ts';
import { senetModels } from './families/residual/senet.ts';
import { alexnetModels } from './families/small/alexnet.ts';
import { convnextModels } from './families/residual/convnext.ts';
import { densenetModels } from './families/dense/densenet.ts';
import { efficientnetModels } from './families/mobile/efficientnet.ts';
import { googlenetModels } from './families/inception/googlenet.ts';
import { mixerModels } from './families/transformer/mixer.ts';
import { mobilenetModels } from './families/mobile/mobilenet.ts';
import { regnetModels } from './families/residual/regnet.ts';
import { shufflenetModels } from './families/mobile/shufflenetV2.ts';
import { squeezenetModels } from './families/small/squeezenet.ts';
import { swinModels } from './families/transformer/swin.ts';
import { vitModels } from './families/transformer/vit.ts';
import { wideCifarModels } from './families/cifar/wideNetworks.ts';
import { vggModels } from './families/vgg/vgg.ts';
import { vggConvolutionalModels } from './families/vgg/vggConvolutional.ts';
import { xceptionModels } from './families/inception/xception.ts';

const index = indexModels([
  ...vggModels,
  ...vggConvolutionalModels,
  ...resnetModels,
  ...cifarResnetModels,
  ...resnetV2Models,
  ...inceptionV3Models,
  ...inceptionV4Models,
  ...inceptionResnetV2Models,
  ...xceptionModels,
  ...airnetModels,
  ...dpnModels,
  ...bnInceptionModels,
  ...senetModels,
  ...covarianceModels,
  ...lenetModels,
  ...cifarQuickModels,
  ...efficientnetModels,
  ...mobilenetModels,
  ...shufflenetModels,
  ...densenetModels,
  ...regnetModels,
  ...convnextModels,
  ...vitModels,
  ...swinModels,
  ...mixerModels,
  ...googlenetModels,
  ...squeezenetModels,
  ...alexnetModels,
  ...wideCifarModels,
]);

/** Cards in registry order (without `build`). */
export function listModels(): ModelCard[] {
  return index.models.map(({ build, ...card }) => card);
}

/**
 * The network called `name`, or with that alias; upper and lower case count as the same.
 * @throws {StudioError} model.unknown: with the nearest names
 */
export function getModel(name: string): Model {
  const found = index.byName.get(name.toLowerCase());
  if (found) return found;
  const nearest = nearestNames(name.toLowerCase(), [...index.byName.keys()], 3);
  throw new StudioError('model.unknown', `There is no network called "${name}".`, {
    remedy: `Nearest names: ${nearest.join(', ')}.`,
    details: { name, nearest },
  });
}

/**
 * Names and aliases to models.
 * @throws {Error} when a name or alias is used twice: a mistake in the registry, never the user's
 */
export function indexModels(models: readonly Model[]): {
  models: readonly Model[];
  byName: ReadonlyMap<string, Model>;
} {
  const byName = new Map<string, Model>();
  for (const model of models) {
    for (const name of [model.name, ...model.aliases]) {
      const other = byName.get(name.toLowerCase());
      if (other) throw new Error(`"${name}" names both ${other.name} and ${model.name}`);
      byName.set(name.toLowerCase(), model);
    }
  }
  return { models, byName };
}

function nearestNames(name: string, names: readonly string[], count: number): string[] {
  return names
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
