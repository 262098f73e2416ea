/** Keras weights: `.h5` (whole models and weights), `.weights.h5`, and `.keras` archives. Only numbers are taken; no layer is ever rebuilt. */
import { StudioError } from '../../contract/errors.ts';
import { damaged } from '../formats/byteSource.ts';
import { readDataset } from '../formats/hdf5Data.ts';
import { readTextAttribute, walkObjects } from '../formats/hdf5Group.ts';
import { readSuperblock } from '../formats/hdf5Header.ts';
import { readKerasConfig } from './kerasConfig.ts';
import type { RandomAccess } from '../formats/randomAccess.ts';
import type { WeightTensor } from '../formats/weightFile.ts';
import type { ZipEntry } from '../formats/zip.ts';

const MAX_CONFIG_BYTES = 16 * 1024 * 1024;
const LEAVES: ReadonlyMap<string, string> = new Map([
  ['moving_mean', 'mean'],
  ['moving_variance', 'variance'],
  ['running_mean', 'mean'],
  ['running_variance', 'variance'],
  ['depthwise_kernel', 'kernel'],
]);
/** Variable names of Keras 1, still in the published VGG files: `block1_conv1_W_1`. */
const OLD_LEAVES: readonly (readonly [RegExp, string])[] = [
  [/_W(_\d+)?$/, 'kernel'],
  [/_b(_\d+)?$/, 'bias'],
];
/** State of training and of random layers, not weights. */
const NOT_WEIGHTS = /(^|\/)(optimizer|optimizer_weights|seed_generator|metrics)(\/|$)/;

export function isKerasArchive(entries: ReadonlyMap<string, ZipEntry>): boolean {
  return entries.has('model.weights.h5');
}

/** The variables of one layer, which the newer store only numbers: the roles follow from their order and ranks. */
function roles(variables: readonly WeightTensor[]): string[] {
  const ranks = variables.map(({ shape }) => shape.length);
  if (variables.length === 4 && ranks.every((rank) => rank === 1)) return ['gamma', 'beta', 'mean', 'variance'];
  if (variables.length === 3 && ranks.every((rank) => rank === 1)) return ['beta', 'mean', 'variance'];
  if (variables.length >= 2 && ranks[0] === 4 && ranks[1] === 4)
    return ['kernel', 'pointwise_kernel', 'bias'].slice(0, variables.length);
  if (variables.length <= 2 && ranks[0]! >= 2 && (ranks[1] ?? 1) === 1) return ['kernel', 'bias'];
  return variables.map((_variable, index) => String(index));
}

/** `layers/conv2d_1/vars/0` → `<name of the layer>/kernel`. */
function nameNumbered(
  sets: ReadonlyMap<string, WeightTensor>,
  layerNames: ReadonlyMap<string, string>,
): Map<string, WeightTensor> {
  const layers = new Map<string, WeightTensor[]>();
  for (const [path, tensor] of sets) {
    const match = /^(.*?)\/?vars\/(\d{1,6})$/.exec(path);
    const folder = (match?.[1] ?? path).replace(/^(_layer_checkpoint_dependencies|layers)\//, '');
    const variables = layers.get(folder) ?? [];
    variables[match ? Number(match[2]) : variables.length] = tensor;
    layers.set(folder, variables);
  }
  const tensors = new Map<string, WeightTensor>();
  for (const [folder, sparse] of layers) {
    const variables = sparse.filter((tensor) => tensor !== undefined);
    const names = roles(variables);
    variables.forEach((tensor, index) => tensors.set(`${layerNames.get(folder) ?? folder}/${names[index]!}`, tensor));
  }
  return tensors;
}

/** `model_weights/conv1/…/conv1/kernel:0` → `conv1/kernel`; nested networks keep their whole path. */
function nameByLayer(sets: ReadonlyMap<string, WeightTensor>): Map<string, WeightTensor> {
  const short = [...sets.keys()].map((path) => {
    const parts = path
      .replace(/^model_weights\//, '')
      .replace(/:\d+$/, '')
      .split('/');
    const leaf = parts.at(-1)!;
    const role = LEAVES.get(leaf) ?? OLD_LEAVES.find(([ending]) => ending.test(leaf))?.[1] ?? leaf;
    return parts.length > 1 ? `${parts[0]!}/${role}` : leaf;
  });
  const clash = new Set(short).size < short.length;
  return new Map(
    [...sets].map(([path, tensor], index) => [
      clash ? path.replace(/^model_weights\//, '').replace(/:\d+$/, '') : short[index]!,
      tensor,
    ]),
  );
}

/**
 * Tensors named `layer/kernel`, `layer/bias`, `layer/gamma`, `layer/beta`, `layer/mean`, `layer/variance`. `layerNames`: folder → name, from an archive's
 * configuration. Errors: `weights.hostile` (links, external or virtual data, code in the configuration), `weights.damaged`, `weights.limit`, `weights.unsupported`, `weights.mismatch`.
 */
export function readKerasH5(
  source: RandomAccess,
  notes: string[],
  metadata: Map<string, string>,
  epsilons: Map<string, number>,
  layerNames: ReadonlyMap<string, string> = new Map(),
): Map<string, WeightTensor> {
  const { groups, objects } = walkObjects(source, readSuperblock(source));
  for (const { path, messages } of groups) {
    if (path !== '' && path !== 'model_weights') continue;
    const config = readTextAttribute(source, messages, 'model_config');
    if (config !== null)
      for (const [layer, epsilon] of readKerasConfig(config, source.path).epsilons) epsilons.set(layer, epsilon);
    for (const name of ['keras_version', 'backend']) {
      const text = readTextAttribute(source, messages, name);
      if (text !== null) metadata.set(name, text.slice(0, 200));
    }
  }
  const sets = new Map<string, WeightTensor>();
  let aside = 0;
  for (const { path, messages } of objects) {
    const tensor = readDataset(source, messages, path);
    if (!tensor) continue;
    if (NOT_WEIGHTS.test(path)) aside++;
    else sets.set(path, tensor);
  }
  if (aside > 0) notes.push(`${aside} tensors of the optimizer and of random layers were left aside.`);
  if (sets.size === 0)
    throw new StudioError('weights.mismatch', `${source.path} holds no weights.`, {
      remedy: 'Choose a file that Keras saved with save_weights or save.',
    });
  const numbered = [...sets.keys()].some((path) => /(^|\/)vars\/\d+$/.test(path));
  return numbered ? nameNumbered(sets, layerNames) : nameByLayer(sets);
}

/** A `.keras` archive: its weight store, with the layers' names from its configuration. Errors as `readKerasH5`. */
export function readKerasArchive(
  path: string,
  entries: ReadonlyMap<string, ZipEntry>,
  notes: string[],
  metadata: Map<string, string>,
  epsilons: Map<string, number>,
): Map<string, WeightTensor> {
  const config = entries.get('config.json');
  const weights = entries.get('model.weights.h5');
  if (!config || !weights) throw damaged(path, 'the archive lacks its config.json or model.weights.h5.');
  if (config.sizeBytes > MAX_CONFIG_BYTES)
    throw new StudioError('weights.limit', `${path}: config.json has ${config.sizeBytes} bytes.`, {
      remedy: 'Do not use this file.',
    });
  const said = readKerasConfig(Buffer.from(config.open().read(0, config.sizeBytes)).toString('utf8'), path);
  for (const [layer, epsilon] of said.epsilons) epsilons.set(layer, epsilon);
  return readKerasH5(weights.open(), notes, metadata, epsilons, said.names);
}
