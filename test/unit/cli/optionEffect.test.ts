/**
 * No option of any command is accepted and not used: beside each set of other options it changes what the command asks
 * of the studio or prints, or it is refused by name. The studio is one that writes down what it is asked.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Session } from '../../../cli/session.ts';
import { createProgram } from '../../../cli/program.ts';

interface Told {
  readonly what: string;
  readonly value: unknown;
}
let told: Told[] = [];

/** Answers every call, and is whatever is made of the answer: an object, a list with nothing in it, an empty text. */
function anything(path: string): unknown {
  const target = (): void => undefined;
  return new Proxy(target, {
    get(_target, key) {
      if (key === 'then') return undefined;
      if (key === Symbol.iterator) return () => [][Symbol.iterator]();
      if (key === Symbol.asyncIterator) return () => [][Symbol.iterator]();
      if (key === Symbol.toPrimitive) return (hint: string) => (hint === 'number' ? 0 : '');
      if (key === 'toString' || key === 'toJSON') return () => '';
      if (key === 'length' || key === 'size') return 0;
      return anything(`${path}.${String(key)}`);
    },
    apply(_target, _self, args: unknown[]) {
      told.push({ what: path, value: args });
      return anything(`${path}()`);
    },
  });
}

vi.mock(import('../../../cli/session.ts'), async (original) => ({
  ...(await original()),
  withStudio: async (command: Command, action: (session: Session) => Promise<void>, options?: unknown) => {
    told.push({ what: 'withStudio', value: [command.optsWithGlobals()['json'] ?? null, options] });
    const interrupts = { signal: new AbortController().signal, killSignal: new AbortController().signal };
    await action({
      studio: anything('studio'),
      progress: { say: (text: string) => told.push({ what: 'say', value: text }), end: () => undefined },
      json: false,
      interrupts,
      work: {},
      print: (value: unknown, text: string) => told.push({ what: 'print', value: [value, text] }),
    } as unknown as Session);
  },
}));

const folder = join(tmpdir(), `quorum-options-${process.pid}`);
afterAll(() => {
  rmSync(`${folder}.csv`, { force: true });
});

/** What stands beside the options of a command, where its arguments alone are not enough; each set is tried. */
const BESIDE: Readonly<Record<string, readonly (readonly string[])[]>> = {
  predict: [
    ['--run', 'a', '--run', 'b', '--data', 'val', '--output', `${folder}.csv`],
    ['--run', 'a', '--run', 'b', '--data', 'photos', '--output', `${folder}.csv`],
    ['--run', 'a', '--weights', 'b', '--data', 'val', '--output', `${folder}.csv`],
  ],
  'ensemble create': [['name', '--run', 'a', '--run', 'b']],
  'ensemble select': [['name', '--run', 'a', '--run', 'b']],
  'ensemble predict': [
    ['e', '--data', 'val'],
    ['e', '--data', 'photos'],
  ],
  evaluate: [
    ['--run', 'a'],
    ['--weights', 'imported', '--dataset', 'd', '--protocol', 'p'],
    ['--weights', 'file.pth', '--model', 'vgg11', '--dataset', 'd', '--protocol', 'p'],
    ['--run', 'a', '--table', 'md'],
  ],
  'evaluate list': [[], ['--table', 'md']],
  'evaluate compare': [
    ['a', 'b'],
    ['a', 'b', '--sheet', `${folder}.png`],
  ],
  'places add': [
    ['name', '--ssh', 'you@host', '--data-folder', '/data'],
    ['name', '--ssh', 'you@host', '--data-folder', '/data', '--slurm'],
  ],
  'protocol create': [
    ['p', '--short-side', '256', '--crop', '224', '--color', 'rgb'],
    ['p', '--from', 'other'],
  ],
  'weights inspect': [['f'], ['f', '--model', 'vgg11']],
  'weights import': [['f', '--model', 'vgg11', '--color', 'rgb']],
  'weights export': [
    ['r', '--format', 'onnx', '--output', 'o', '--color', 'rgb'],
    ['f', '--model', 'vgg11', '--format', 'onnx', '--output', 'o', '--color', 'rgb'],
  ],
  bench: [[], ['--peers']],
  'runs export': [['r', '--output', `${folder}.csv`]],
};

/** Values of options that are no number. */
const VALUES: Readonly<Record<string, string>> = {
  '--rename': 'a=b',
  '--mean': '1,2,3',
  '--std': '1,2,3',
  '--color': 'bgr',
  '--repeats': '3',
};

/** Options that choose among what the studio answers, which is nothing here; their own tests have answers. */
const AMONG_ANSWERS = new Set([
  'dataset changes --reset',
  'models list --family',
  'queue add --place',
  'runs list --seeds',
  'runs compare --all',
  'runs export --overwrite',
  'runs tensorboard --overwrite',
  'fetch list --kind',
  'evaluate --without-duplicates',
  // says what is so already, unless another protocol is the beginning
  'protocol create --no-mirror',
]);

/** Everything that a command line leads to. */
async function effectOf(words: readonly string[]): Promise<string> {
  told = [];
  const program = createProgram();
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    command.commands.forEach(quiet);
  };
  quiet(program);
  let end = 'done';
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    end = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return JSON.stringify([told, end], (_key, value: unknown) => (typeof value === 'function' ? '' : value));
}

const words = (option: Option): string[] =>
  option.isBoolean() || option.negate
    ? [option.long!]
    : [option.long!, VALUES[option.long!] ?? option.argChoices?.at(-1) ?? '2'];

interface Row {
  readonly path: readonly string[];
  readonly beside: readonly string[];
  readonly options: readonly Option[];
}

function rowsOf(command: Command, path: readonly string[] = []): Row[] {
  const inner = command.commands.flatMap((sub) => rowsOf(sub, [...path, sub.name()]));
  const name = path.join(' ');
  // serve runs until it is stopped, and those of train have a test of their own
  if (path.length === 0 || name === 'train' || path[0] === 'serve') return inner;
  const options = command.options.filter(({ long }) => !AMONG_ANSWERS.has(`${name} ${long}`));
  if (options.length === 0) return inner;
  const needed = [
    ...command.registeredArguments.map((argument) => argument.argChoices?.[0] ?? argument.name()),
    ...command.options.filter(({ mandatory }) => mandatory).flatMap(words),
  ];
  return [...(BESIDE[name] ?? [needed]).map((beside): Row => ({ path, beside, options })), ...inner];
}

describe('an option changes what happens, or is refused', () => {
  const rows = rowsOf(createProgram());
  test.each(rows.map((row) => [[...row.path, ...row.beside].join(' '), row] as const))('%s', async (_line, row) => {
    const line = [...row.path, ...row.beside];
    const without = await effectOf(line);
    const unused: string[] = [];
    for (const option of row.options) {
      if (row.beside.includes(option.long!)) continue;
      if ((await effectOf([...line, ...words(option)])) === without) unused.push(option.long!);
    }
    expect(unused).toEqual([]);
  });

  test('the command lines that they stand beside are whole', () => {
    expect(rows.length).toBeGreaterThan(30);
  });
});
