/**
 * Finds the tensors in what a pickle held: plain dicts, state dicts inside checkpoints, lists of layers, object arrays.
 */
import { StudioError } from '../../../contract/errors.ts';
import { PickledArray } from './numpyPickle.ts';
import { PickleRecord, PyDict, PyTuple, type PickleResult, type PickleValue } from './pickleValues.ts';
import { hostile } from './pickleScalars.ts';
import { tensorsUnder } from '../tensorEntry.ts';
import type { WeightTensor } from '../weightFile.ts';

const MAX_DEPTH = 32;
/**
 * Containers and values looked at; a shared container counts each time it is reached, so that nested sharing cannot run
 * away.
 */
const MAX_VISITS = 200_000;

/** Names under which training scripts keep the weights, most telling first. */
const WEIGHT_KEYS = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'params',
  'weights',
  'module',
  'params_ema',
  'state_dict_ema',
  'model_ema',
  'ema_state_dict',
  'ema',
];
const EMA_KEY = /(^|_)ema(_|$)/;
const TRAINING_ONLY =
  /^(optimizer|optimizers|optim|optimizer_state_dict|scheduler|lr_scheduler|lr_schedulers|scaler|amp|callbacks|loops)$/;
const WRAPPER_PREFIXES = ['module.', '_orig_mod.'];
/** Foreign globals named in a note. */
const SHOWN = 5;

/** A record that stands for one tensor. */
export abstract class PickledTensor extends PickleRecord {
  abstract tensor(): WeightTensor;
}

function asTensor(value: PickleValue): WeightTensor | undefined {
  if (value instanceof PickledTensor) return value.tensor();
  return value instanceof PickledArray && value.holdsNumbers ? value.tensor() : undefined;
}

/** An object array of one item is how `np.save` keeps a dict. */
function unwrap(value: PickleValue): PickleValue {
  return value instanceof PickledArray && value.isObject && value.items.length === 1 ? value.items[0]! : value;
}

class Walk {
  readonly tensors = new Map<string, WeightTensor>();
  readonly #separator: string;
  readonly #path = new Set<PickleValue>();
  #visits = 0;

  constructor(separator: string) {
    this.#separator = separator;
  }

  visit(value: PickleValue, name: string): void {
    if (++this.#visits > MAX_VISITS)
      throw new StudioError('weights.limit', `The pickle holds more than ${MAX_VISITS} nested values.`, {
        remedy: 'Do not use this file, or save only its tensors.',
      });
    const inner = unwrap(value);
    const tensor = asTensor(inner);
    if (tensor) {
      this.tensors.set(name, tensor);
      return;
    }
    const children = childrenOf(inner);
    if (!children || this.#path.has(inner) || this.#path.size >= MAX_DEPTH) return;
    this.#path.add(inner);
    for (const [key, child] of children) this.visit(child, name === '' ? key : `${name}${this.#separator}${key}`);
    this.#path.delete(inner);
  }
}

function* childrenOf(value: PickleValue): Generator<[string, PickleValue], void, undefined> {
  if (value instanceof PyDict) {
    for (const [key, child] of value.entries) {
      const name =
        typeof key === 'string' ? key : typeof key === 'number' || typeof key === 'bigint' ? String(key) : undefined;
      if (name !== undefined && !TRAINING_ONLY.test(name)) yield [name, child];
    }
    return;
  }
  const items = Array.isArray(value)
    ? value
    : value instanceof PyTuple
      ? value.items
      : value instanceof PickledArray
        ? value.items
        : [];
  for (let i = 0; i < items.length; i++) yield [String(i), items[i]!];
}

function collect(value: PickleValue, separator: string): Map<string, WeightTensor> {
  const walk = new Walk(separator);
  walk.visit(value, '');
  return walk.tensors;
}

function textKeys(value: PyDict): string[] {
  return [...value.entries.keys()].filter((key) => typeof key === 'string');
}

/** What a search says beside tensors. */
export interface PickleFindings {
  /** What was chosen and left aside, one sentence each. */
  readonly notes: string[];
  /** Names that `entry` may have: those of a checkpoint that hold several tensors. */
  readonly parts: string[];
}

function partsOf(dict: PyDict, separator: string): string[] {
  return textKeys(dict).filter(
    (key) => !TRAINING_ONLY.test(key) && dict.get(key) instanceof PyDict && collect(dict.get(key)!, separator).size > 1,
  );
}

/** Names without a wrapper's prefix, where every tensor carries it. */
function stripPrefixes(tensors: Map<string, WeightTensor>, notes: string[]): Map<string, WeightTensor> {
  for (const prefix of WRAPPER_PREFIXES) {
    if (tensors.size === 0 || ![...tensors.keys()].every((name) => name.startsWith(prefix))) continue;
    notes.push(`The prefix "${prefix}" of a wrapped network was taken off every name.`);
    return stripPrefixes(new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor])), notes);
  }
  return tensors;
}

/**
 * The tensors of `pickle` by name, parts joined by `separator`. A checkpoint's state dict is found by its usual names,
 * or is `entry` when given: a key, or a part in front of names.
 * @throws {StudioError} weights.mismatch: no tensors, no such entry
 * @throws {StudioError} weights.hostile: no tensors, but objects that only their own code could make
 * @throws {StudioError} weights.limit
 */
export function findTensors(
  { value: root, foreign }: Pick<PickleResult, 'value' | 'foreign'>,
  separator: string,
  { notes, parts }: PickleFindings,
  entry?: string,
): Map<string, WeightTensor> {
  let value = unwrap(root);
  if (value instanceof PyDict) parts.push(...partsOf(value, separator));
  let chosen = entry;
  for (let depth = 0; value instanceof PyDict && depth < MAX_DEPTH; depth++) {
    const dict: PyDict = value;
    // Loose arrays beside a state dict (random generators' states) are fewer than its tensors.
    const direct = [...dict.entries.values()].filter((child) => asTensor(unwrap(child)) !== undefined).length;
    const holders = textKeys(dict).filter(
      (key) =>
        WEIGHT_KEYS.includes(key) &&
        dict.get(key) instanceof PyDict &&
        collect(dict.get(key)!, separator).size > direct,
    );
    const next: string | undefined = chosen ?? WEIGHT_KEYS.find((key) => holders.includes(key));
    if (next === undefined) break;
    const inner = dict.get(next);
    if (inner === undefined) {
      const part = tensorsUnder(collect(dict, separator), next);
      if (part) return part;
      throw new StudioError(
        'weights.mismatch',
        `The checkpoint has no entry "${next}"; it has ${textKeys(dict).slice(0, 20).join(', ')}.`,
        { remedy: 'Name one of its entries.' },
      );
    }
    const others = holders.filter((key) => key !== next);
    notes.push(`This is a training checkpoint; the weights are those of its entry "${next}".`);
    if (others.length)
      notes.push(
        'It also holds weights under ' +
          `${others.map((key) => `"${key}"${EMA_KEY.test(key) ? ' (a moving average)' : ''}`).join(', ')}; name ` +
          'the entry to use them.',
      );
    chosen = undefined;
    value = inner;
  }
  const tensors = collect(value, separator);
  if (tensors.size === 0) {
    if (foreign[0] !== undefined) throw hostile(foreign[0]);
    const aside = value instanceof PyDict ? textKeys(value).filter((key) => TRAINING_ONLY.test(key)) : [];
    if (aside.length > 0)
      throw new StudioError(
        'weights.mismatch',
        `The file holds the state of a training (${aside.join(', ')}) and no weights.`,
        {
          remedy: 'Choose the file that the weights were saved in; it is often called model or checkpoint.',
        },
      );
    throw new StudioError('weights.mismatch', 'The file holds no tensors.', {
      remedy: 'Choose a file with the weights of a network: a state dict or a dict of arrays.',
    });
  }
  if (foreign.length > 0) {
    const names = foreign.slice(0, SHOWN).join(', ') + (foreign.length > SHOWN ? ', …' : '');
    notes.push(`Beside the weights the file names ${names}; these were left aside, and nothing of them was run.`);
  }
  return stripPrefixes(tensors, notes);
}
