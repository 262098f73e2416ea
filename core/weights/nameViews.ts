/**
 * A file's tensors as a network inside it would call them: without what a wrapper put in front, or a user's renaming.
 */
import { StudioError } from '../../contract/errors.ts';
import type { TensorRename } from '../../contract/weights/tensorRename.ts';
import type { WeightTensor } from '../formats/weightFile.ts';

/** Tensors under the names of the inner network, each with its name in the file. */
export interface NameView {
  /** What was taken off every name, as `model.`; empty for the file as it is. */
  readonly prefix: string;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  readonly nameInFile: ReadonlyMap<string, string>;
}

/** `torch.compile` puts it in front of whatever was compiled: the network, or any part of it. */
const COMPILED = /(^|\.)_orig_mod\.(_orig_mod\.)*/g;
/** What Paddle calls the statistics of BatchNorm, in PyTorch's words. */
const PADDLE: readonly (readonly [RegExp, string])[] = [
  [/\._mean$/, '.running_mean'],
  [/\._variance$/, '.running_var'],
];
/** Wrappers are looked for this deep, `a.b.c.d.`. */
const MAX_PARTS = 5;
/** Those around most tensors are looked at. */
const MAX_VIEWS = 40;

/** The file as it is, but for what a compiler adds, and words of Paddle. */
export function plainView(tensors: ReadonlyMap<string, WeightTensor>): NameView {
  return viewOf(tensors, '', (name) => name);
}

/** The file behind each prefix that several of its tensors share, those around most tensors first. */
export function wrappedViews({ tensors, nameInFile }: NameView): NameView[] {
  const counts = new Map<string, number>();
  for (const name of tensors.keys()) {
    const ends = [...name.matchAll(/[./]/g)].slice(0, MAX_PARTS);
    for (const { index } of ends) {
      const prefix = name.slice(0, index + 1);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  const prefixes = [...counts].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1]);
  return prefixes.slice(0, MAX_VIEWS).map(([prefix]) => {
    const inner = [...tensors].filter(([name]) => name.startsWith(prefix));
    const short = (name: string): string => name.slice(prefix.length);
    return {
      prefix,
      tensors: new Map(inner.map(([name, tensor]) => [short(name), tensor])),
      nameInFile: new Map(inner.map(([name]) => [short(name), nameInFile.get(name)!])),
    };
  });
}

/**
 * The view with whole parts of names replaced, wherever they stand: `shortcut.0` by `downsample.0` in
 * `layer2.0.shortcut.0.weight`. An empty `to` takes the part out. The full name of a tensor renames it alone.
 * @throws {StudioError} input.invalid: a part that no name has, or two tensors of one name afterwards
 */
export function renamedView(view: NameView, renames: readonly TensorRename[]): NameView {
  return renames.reduce(renamedBy, view);
}

function renamedBy(view: NameView, { from, to }: TensorRename): NameView {
  const part = from.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const expression = new RegExp(`(^|[./])${part}($|[./])`, 'g');
  let changed = 0;
  const whole = view.tensors.has(from);
  const renamed = (name: string): string => {
    if (whole && name !== from) return name;
    const result = name.replace(expression, (_whole, before: string, after: string) =>
      to === '' ? before || '' : `${before}${to}${after}`,
    );
    if (result !== name) changed++;
    return result;
  };
  const names = new Map([...view.tensors.keys()].map((name) => [name, renamed(name)]));
  if (changed === 0)
    throw new StudioError('input.invalid', `No tensor's name has the part "${from}", which is to be renamed.`, {
      remedy: `Names are ${[...view.tensors.keys()].slice(0, 5).join(', ')}, …`,
    });
  const twice = [...names.values()].find((name, at, all) => all.indexOf(name) !== at);
  if (twice !== undefined)
    throw new StudioError('input.invalid', `Renaming "${from}" to "${to}" gives two tensors the name "${twice}".`, {
      remedy: 'Rename a longer part of the name.',
    });
  return {
    prefix: view.prefix,
    tensors: new Map([...view.tensors].map(([name, tensor]) => [names.get(name)!, tensor])),
    nameInFile: new Map([...view.nameInFile].map(([name, original]) => [names.get(name)!, original])),
  };
}

function viewOf(tensors: ReadonlyMap<string, WeightTensor>, prefix: string, short: (name: string) => string): NameView {
  const plain = (name: string): string =>
    PADDLE.reduce((text, [theirs, ours]) => text.replace(theirs, ours), short(name).replace(COMPILED, '$1'));
  const compiled = new Map([...tensors.keys()].map((name) => [name, plain(name)]));
  const unique = new Set(compiled.values()).size === tensors.size;
  const shown = (name: string): string => (unique ? compiled.get(name)! : short(name));
  return {
    prefix,
    tensors: new Map([...tensors].map(([name, tensor]) => [shown(name), tensor])),
    nameInFile: new Map([...tensors.keys()].map((name) => [shown(name), name])),
  };
}
