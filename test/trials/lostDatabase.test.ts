/**
 * A database that is deleted or damaged while a host has it open and trains, with a command of another program
 * afterwards: the host lives on, and the run is there in the end with all that it said.
 */
import { cpSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { studioPaths } from '../../core/studio/records/paths.ts';
import { noTensorFlow } from '../support/engines.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { quorum, serve, startQuorum, until } from './support/quorumProcess.ts';
import { epochsOf, importSample, runIds, stateOf, trainingOptions } from './support/smallTraining.ts';
import { LONG, tell } from './support/trial.ts';

const EPOCHS = 40;
const STACK = /This is a fault in Quorum|^\s+at .*\.ts:\d+/mu;

async function overwrite(path: string, at: number, bytes: number): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(bytes, 0xaa), 0, bytes, at);
  await file.close();
}

const withLog = (path: string): string[] => [path, `${path}-wal`, `${path}-shm`];

const DAMAGES: readonly (readonly [what: string, damage: (path: string) => void | Promise<void>])[] = [
  ['is deleted', (path) => rmSync(path)],
  ['is deleted with its log', (path) => withLog(path).forEach((one) => rmSync(one, { force: true }))],
  ['is moved away', (path) => renameSync(path, `${path}.away`)],
  [
    'loses its log',
    (path) =>
      withLog(path)
        .slice(1)
        .forEach((one) => rmSync(one, { force: true })),
  ],
  ['has no bytes left', (path) => truncateSync(path, 0)],
  ['is cut', (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
  ['has a first page of something else', (path) => overwrite(path, 0, 4096)],
  ['is replaced by something else', (path) => writeFileSync(path, '<html>not found</html>'.repeat(400))],
];

let sample = '';
beforeAll(async () => {
  sample = join(temporaryFolder(), 'data');
  if (noTensorFlow === null) await importSample(sample);
}, 300_000);

describe.skipIf(noTensorFlow !== null)('a database that is open', () => {
  test.each(LONG ? DAMAGES : DAMAGES.slice(0, 1))('%s: the run is there in the end', async (what, damage) => {
    const dataDir = join(temporaryFolder(), 'data');
    cpSync(sample, dataDir, { recursive: true });
    await quorum(dataDir, [...trainingOptions(EPOCHS), '--queue']);
    const run = runIds(dataDir)[0]!;
    const host = await serve(dataDir);
    await until(() => epochsOf(dataDir, run) >= 3);
    await damage(studioPaths(dataDir).database);
    const command = startQuorum(dataDir, ['runs', 'list']);
    await command.ended;
    expect(command.output()).not.toMatch(STACK);
    await until(() => host.child.exitCode !== null || epochsOf(dataDir, run) === EPOCHS);
    const state = (): string | undefined => stateOf(dataDir, run);
    await until(() => host.child.exitCode !== null || !['training', 'validating'].includes(state() ?? ''));
    expect(host.child.exitCode, host.output()).toBeNull();
    host.child.kill('SIGTERM');
    await host.ended;
    expect(host.output()).not.toMatch(STACK);
    // where its end could not be noted, the run goes on from its last checkpoint
    const shown = JSON.parse(await quorum(dataDir, ['runs', 'show', run, '--json'])) as { readonly state: string };
    if (shown.state !== 'finished') await quorum(dataDir, ['train', '--resume', run]);
    expect(JSON.parse(await quorum(dataDir, ['runs', 'show', run, '--json']))).toMatchObject({
      state: 'finished',
      step: 2 * EPOCHS,
    });
    expect(epochsOf(dataDir, run)).toBe(EPOCHS);
    tell(`a database that ${what} while a host trains: the host lived on, the run was ${shown.state}, and is whole`);
  });
});
