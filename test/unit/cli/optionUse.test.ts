import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command, Option } from 'commander';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { SlurmOptions } from '../../../contract/place.ts';
import { ModelOptions, RunRequest, RunSpec } from '../../../contract/runSpec.ts';
import { changesOnResume } from '../../../cli/options/resumeOptions.ts';
import { pathOfOption } from '../../../cli/options/settingOptions.ts';
import { createProgram } from '../../../cli/program.ts';
import { type TrainOptions, trainRequest } from '../../../cli/trainRequest.ts';
import { RESUMED_SETTINGS } from '../../../contract/settings/resumedRun.ts';
import { exampleSpec } from './exampleSpec.ts';

const program = createProgram();
const train = program.commands.find((command) => command.name() === 'train')!;

/** Texts for options that take more than a number. */
const TEXTS: Readonly<Record<string, string>> = {
  milestones: '3,5',
  colorJitter: '0.1,0.2',
  classWeights: 'sqrt',
  keepEpochs: '2,4',
  earlyStopping: '7',
  lrGroup: 'head=10',
  unfreeze: '2:conv1*',
  freeze: 'conv1*',
  trainOnly: 'head',
  trainFrom: 'fc6',
  initLayers: 'conv1*',
  initRename: 'old=new',
  depth: '13',
  device: 'wasm',
  repeatedAugment: '3',
  place: 'cluster',
};

/** What has to stand beside an option so that it counts. */
const BESIDE: Readonly<Record<string, TrainOptions>> = {
  momentum: { optimizer: 'sgd' },
  nesterov: { optimizer: 'sgd' },
  stepEpochs: { schedule: 'step' },
  milestones: { schedule: 'milestones' },
  gamma: { schedule: 'exponential' },
  plateauPatience: { schedule: 'plateau' },
  power: { schedule: 'polynomial' },
  finalFactor: { schedule: 'cosine' },
  pctStart: { schedule: 'one-cycle' },
  cycleMomentum: { schedule: 'one-cycle' },
  minChange: { earlyStopping: 3 },
  earlyStoppingMetric: { earlyStopping: 3 },
  unfreeze: { freeze: '*' },
  conv1_1: { depth: '16' },
};

/** A value of the option that is not its default, as commander parses it. */
function valueOf(option: Option): unknown {
  const name = option.attributeName();
  if (option.negate) return false;
  if (option.isBoolean()) return true;
  const text = TEXTS[name] ?? option.argChoices?.at(-1) ?? '0.5';
  if (!option.parseArg) return text;
  try {
    return option.parseArg(text, undefined);
  } catch {
    return option.parseArg('17', undefined);
  }
}

function requestOf(options: TrainOptions): unknown {
  const from = options.init === undefined ? undefined : ({ kind: 'file', path: options.init } as const);
  return RunRequest.parse({ ...trainRequest(options, {}, from), dataset: 'd' });
}

/** Options that decide what is done with the request, or where its base comes from. */
const AROUND = new Set([
  'dataset',
  'train',
  'val',
  'spec',
  'preset',
  'queue',
  'repeat',
  'lrRangeTest',
  'resume',
  'branch',
  'help',
]);

describe('options of quorum train', () => {
  const options = train.options.filter((option) => !AROUND.has(option.attributeName()));
  test.each(options.map((option) => [option.long!, option] as const))('%s changes the request', (_flag, option) => {
    const name = option.attributeName();
    const beside = name === 'initEntry' || name === 'initRename' ? { init: 'a.pth' } : (BESIDE[name] ?? {});
    const without = name === 'milestones' ? {} : requestOf(beside);
    expect(requestOf({ ...beside, [name]: valueOf(option) })).not.toEqual(without);
  });

  test.each(Object.entries(BESIDE).filter(([name]) => pathOfOption(name) !== null))(
    '--%s alone is refused, since it would change nothing',
    (name) => {
      const option = options.find((one) => one.attributeName() === name)!;
      expect(() => requestOf({ [name]: valueOf(option) })).toThrow(expect.objectContaining({ code: 'input.invalid' }));
    },
  );

  test.each(
    train.options
      // where it goes on is no setting of the run
      .filter(({ long }) => long !== '--resume' && long !== '--place')
      .map((option) => [option.long!, option] as const),
  )('%s beside --resume changes the spec, or is refused by name', (flag, option) => {
    const name = option.attributeName();
    const path = pathOfOption(name === 'early_stopping' ? 'earlyStopping' : name);
    const changes = RESUMED_SETTINGS.some((setting) => path === setting || path?.startsWith(`${setting}.`));
    const change = (): unknown =>
      changesOnResume({ ...BESIDE[name], [name]: valueOf(option), resume: 'r' }, exampleSpec);
    if (changes) expect(RunSpec.parse({ ...exampleSpec, ...(change() as object) })).not.toEqual(exampleSpec);
    else expect(change).toThrow(/^--.* cannot change/);
    expect([flag, changes]).toEqual([flag, changes]);
  });
});

test('--place beside --resume says where the run goes on', () => {
  expect(changesOnResume({ resume: 'r', place: 'cluster' }, exampleSpec)).toMatchObject({ place: 'cluster' });
});

describe('options of every command', () => {
  const commands = (command: Command): Command[] => [command, ...command.commands.flatMap(commands)];
  const names = new Map(
    commands(program).flatMap((command) =>
      command.options
        // those of train that change its request are seen to do so above
        .filter((option) => command !== train || AROUND.has(option.attributeName()))
        .map((option) => [`${command.name()} ${option.long}`, option.attributeName()] as const),
    ),
  );
  const read = namesRead('cli/program.ts');
  // models describe hands these on as they are
  for (const name of Object.keys(ModelOptions.shape)) read.add(name);
  // and places add these
  for (const name of Object.keys(SlurmOptions.shape)) read.add(name);
  test.each([...names].filter(([, name]) => name !== 'version'))('%s is read', (_option, name) => {
    expect(read).toContain(name);
  });
});

/** Names of properties that the code under `entry` reads, in all files of cli that it imports. */
function namesRead(entry: string, seen = new Map<string, Set<string>>()): Set<string> {
  if (seen.has(entry)) return new Set();
  const found = new Set<string>();
  seen.set(entry, found);
  const source = ts.createSourceFile(entry, readFileSync(entry, 'utf8'), ts.ScriptTarget.ESNext, true);
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isPropertyAccessExpression(node)) found.add(node.name.text);
    if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const name = node.propertyName ?? node.name;
      if (ts.isIdentifier(name)) found.add(name.text);
    }
    if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression))
      found.add(node.argumentExpression.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const path = join(dirname(entry), statement.moduleSpecifier.text);
    if (path.startsWith('cli/') && path.endsWith('.ts')) for (const name of namesRead(path, seen)) found.add(name);
  }
  return found;
}
