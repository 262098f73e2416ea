/**
 * Keras weights: `.h5` (whole models and weights), `.weights.h5`, and `.keras` archives. Only numbers are taken; no
 * layer is ever rebuilt.
 */
import { StudioError } from '../../contract/errors.ts';
import { damaged } from '../formats/byteSource.ts';
import { readDataset } from '../formats/hdf5Data.ts';
import { type Hdf5Object, readTextAttribute, walkObjects } from '../formats/hdf5Group.ts';
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

/** Folders that every network has and no layer is called by. */
const STORE_FOLDERS = /^(_layer_checkpoint_dependencies|layers)$/;

/**
 * `layers/conv2d_1/vars/0` → `<name of the layer>/kernel`, of networks in a network `<its name>/<name of the
 * layer>/kernel`. `names`: what layers are called, by the folder of their variables.
 */
function nameNumbered(
  sets: ReadonlyMap<string, WeightTensor>,
  names: ReadonlyMap<string, string>,
): Map<string, WeightTensor> {
  const layers = new Map<string, WeightTensor[]>();
  for (const [path, tensor] of sets) {
    const match = /^(.*?)\/?vars\/(\d{1,6})$/.exec(path);
    const folder = match?.[1] ?? path;
    const variables = layers.get(folder) ?? [];
    variables[match ? Number(match[2]) : variables.length] = tensor;
    layers.set(folder, variables);
  }
  const tensors = new Map<string, WeightTensor>();
  for (const [folder, sparse] of layers) {
    const variables = sparse.filter((tensor) => tensor !== undefined);
    const layer = layerName(folder, names);
    const words = roles(variables);
    variables.forEach((tensor, index) => tensors.set(`${layer}/${words[index]!}`, tensor));
  }
  return tensors;
}

/** Each folder on the way by its layer's name, those that are none left out. */
function layerName(folder: string, names: ReadonlyMap<string, string>): string {
  const parts = folder.split('/');
  const named = parts.flatMap((part, at) =>
    STORE_FOLDERS.test(part) ? [] : [names.get(parts.slice(0, at + 1).join('/')) ?? part],
  );
  return named.join('/');
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

/** What a Keras file says beside its tensors. */
export interface KerasNotes {
  readonly notes: string[];
  readonly metadata: Map<string, string>;
  readonly epsilons: Map<string, number>;
}

/**
 * What layers are called, by the folder of their variables: from the archive's configuration, and before it from the
 * name that Keras 3 writes beside the variables.
 */
function namesOfFolders(
  source: RandomAccess,
  groups: readonly Hdf5Object[],
  configured: ReadonlyMap<string, string>,
): Map<string, string> {
  const names = new Map<string, string>(
    [...configured].flatMap(([folder, name]) =>
      ['layers', '_layer_checkpoint_dependencies'].map((store) => [`${store}/${folder}`, name] as const),
    ),
  );
  for (const [folder, name] of configured) names.set(folder, name);
  for (const { path, messages } of groups) {
    if (!path.endsWith('/vars')) continue;
    const name = readTextAttribute(source, messages, 'name');
    if (name !== null && name !== '') names.set(path.slice(0, -'/vars'.length), name);
  }
  return names;
}

/**
 * Tensors named `layer/kernel`, `layer/bias`, `layer/gamma`, `layer/beta`, `layer/mean`, `layer/variance`.
 * `layerNames`: folder → name, from an archive's configuration.
 * @throws {StudioError} weights.hostile: links, external or virtual data, code in the configuration
 * @throws {StudioError} weights.damaged, weights.limit, weights.unsupported, weights.mismatch
 */
export function readKerasH5(
  source: RandomAccess,
  { notes, metadata, epsilons }: KerasNotes,
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
  return numbered ? nameNumbered(sets, namesOfFolders(source, groups, layerNames)) : nameByLayer(sets);
}

/**
 * A `.keras` archive: its weight store, with the layers' names from its configuration.
 * @throws {StudioError} as `readKerasH5`
 */
export function readKerasArchive(
  path: string,
  entries: ReadonlyMap<string, ZipEntry>,
  said: KerasNotes,
): Map<string, WeightTensor> {
  const config = entries.get('config.json');
  const weights = entries.get('model.weights.h5');
  if (!config || !weights) throw damaged(path, 'the archive lacks its config.json or model.weights.h5.');
  if (config.sizeBytes > MAX_CONFIG_BYTES)
    throw new StudioError('weights.limit', `${path}: config.json has ${config.sizeBytes} bytes.`, {
      remedy: 'Do not use this file.',
    });
  const { names, epsilons } = readKerasConfig(Buffer.from(config.open().read(0, config.sizeBytes)).toString(), path);
  for (const [layer, epsilon] of epsilons) said.epsilons.set(layer, epsilon);
  return readKerasH5(weights.open(), said, names);
}
