/**
 * The configuration that Keras stores beside weights: read as text, never used to build anything, and refused where it
 * names code.
 */
import { StudioError } from '../../contract/errors.ts';
import { parseStrictJson, type StrictJson } from '../formats/strictJson.ts';

const OWN_MODULE = /^(keras|tf_keras|tensorflow\.keras)(\.|$)/;
const CODE_CLASSES = new Set([
  'Lambda',
  '__lambda__',
  'function',
  'TorchModuleWrapper',
  'JaxLayer',
  'FlaxLayer',
  'TFSMLayer',
]);

function refuseCode(value: StrictJson, path: string): void {
  if (Array.isArray(value)) {
    for (const item of value) refuseCode(item, path);
    return;
  }
  if (!(value instanceof Map)) return;
  const className = value.get('class_name');
  const module = value.get('module');
  const asked =
    typeof className === 'string' && CODE_CLASSES.has(className)
      ? `a layer of the class ${className}`
      : typeof module === 'string' && !OWN_MODULE.test(module)
        ? `the module ${JSON.stringify(module.slice(0, 80))}`
        : null;
  if (asked) {
    throw new StudioError(
      'weights.hostile',
      `${path}: the network's description asks for ${asked}, which is code of its own.`,
      {
        remedy:
          'Nothing of it was run. If you trust the file, load it in Keras and save only the weights: ' +
          'model.save_weights("name.weights.h5").',
        details: { asked },
      },
    );
  }
  for (const item of value.values()) refuseCode(item, path);
}

/**
 * Keras's rule for the folder of a layer in the weight store: the class name in snake case, numbered from the second
 * on.
 */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

export interface KerasConfig {
  /**
   * Names the user gave, by the folder of each layer's weights (`conv2d_1` → `block1_conv2`, `functional/layers/conv2d`
   * of a network in a network).
   */
  readonly names: ReadonlyMap<string, string>;
  /** Of BatchNormalization layers, by name. */
  readonly epsilons: ReadonlyMap<string, number>;
}

/**
 * Checks a model configuration and reads what the weights need of it.
 * @throws {StudioError} weights.hostile: Lambda layers, foreign modules
 * @throws {StudioError} weights.damaged
 */
export function readKerasConfig(text: string, path: string): KerasConfig {
  let config: StrictJson;
  try {
    config = parseStrictJson(text);
  } catch (error) {
    throw new StudioError(
      'weights.damaged',
      `${path}: the network's description is no valid JSON (${(error as Error).message}).`,
      { remedy: 'Save the weights again with Keras.' },
    );
  }
  refuseCode(config, path);
  const said = { names: new Map<string, string>(), epsilons: new Map<string, number>() };
  readLayers(config, '', said);
  return said;
}

/** The layers of a network, and of networks among them. */
function readLayers(
  network: StrictJson,
  prefix: string,
  said: { readonly names: Map<string, string>; readonly epsilons: Map<string, number> },
): void {
  const inner = network instanceof Map ? network.get('config') : null;
  const layers = inner instanceof Map ? inner.get('layers') : null;
  const used = new Map<string, number>();
  for (const layer of Array.isArray(layers) ? layers : []) {
    if (!(layer instanceof Map)) continue;
    const className = layer.get('class_name');
    const layerConfig = layer.get('config');
    const name = layerConfig instanceof Map ? layerConfig.get('name') : null;
    if (typeof className !== 'string' || typeof name !== 'string') continue;
    const epsilon = layerConfig instanceof Map ? layerConfig.get('epsilon') : null;
    if (className === 'BatchNormalization' && typeof epsilon === 'number' && epsilon >= 0 && epsilon < 1)
      said.epsilons.set(name, epsilon);
    const count = used.get(snakeCase(className)) ?? 0;
    used.set(snakeCase(className), count + 1);
    const folder = `${prefix}${snakeCase(className)}${count === 0 ? '' : `_${count}`}`;
    said.names.set(folder, name);
    readLayers(layer, `${folder}/layers/`, said);
  }
}
