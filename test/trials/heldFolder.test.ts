/**
 * What other programs do to a data folder while a host trains: one holds the database's write lock for a while, one
 * deletes the folder of the run. The host lives on and answers; the run ends by itself, or says why it could not.
 * Short forms: `test/unit/db/lockedDatabase.test.ts`, `test/unit/studio/jobs/jobLog.test.ts`.
 */
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { beforeAll, describe, expect, test } from 'vitest';
import { studioPaths } from '../../core/studio/records/paths.ts';
import { noTensorFlow } from '../support/engines.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { pause, quorum, serve, until } from './support/quorumProcess.ts';
import { epochsOf, importSample, runIds, trainingOptions } from './support/smallTraining.ts';
import { LONG, tell } from './support/trial.ts';
import { codeOf, login, openClient } from './support/webClient.ts';

const EPOCHS = 40;
const HELD_MS = 12_000;
const STACK = /This is a fault in Quorum|^\s+at .*\.ts:\d+/mu;
const BUSY = ['queued', 'preparing', 'training', 'validating'];

let sample = '';
beforeAll(async () => {
  sample = join(temporaryFolder(), 'data');
  if (LONG && noTensorFlow === null) await importSample(sample);
}, 600_000);

const HANDS: readonly (readonly [
  what: string,
  meddle: (dataDir: string, run: string) => void | Promise<void>,
  state: string,
])[] = [
  ['holds the database for 12 s', holdDatabase, 'finished'],
  ['deletes the folder of the run', deleteFolder, 'failed'],
];

describe.skipIf(!LONG || noTensorFlow !== null)('another program', () => {
  test.each(HANDS)('%s while a host trains', async (what, meddle, expected) => {
    const dataDir = join(temporaryFolder(), 'data');
    cpSync(sample, dataDir, { recursive: true });
    await quorum(dataDir, [...trainingOptions(EPOCHS), '--queue']);
    const run = runIds(dataDir)[0]!;
    const host = await serve(dataDir);
    const { origin } = new URL(host.url);
    const { client, socket } = await openClient(origin, await login(origin, codeOf(host.url)));
    await until(() => epochsOf(dataDir, run) >= 3);
    await meddle(dataDir, run);
    let state = 'training';
    while (BUSY.includes(state)) {
      await pause(200);
      ({ state } = await client.runs.show({ run }));
    }
    expect(host.child.exitCode, host.output()).toBeNull();
    socket.terminate();
    host.child.kill('SIGTERM');
    await host.ended;
    expect(host.output()).not.toMatch(STACK);
    expect(state).toBe(expected);
    if (expected === 'finished') expect(epochsOf(dataDir, run)).toBe(EPOCHS);
    tell(`another program ${what} while a host trains: the host lived on and answered, the run ${state}`);
  });
});

/** Long enough for a host that waits for the lock to be missed. */
async function holdDatabase(dataDir: string): Promise<void> {
  const other = new Sqlite(studioPaths(dataDir).database);
  other.exec('BEGIN IMMEDIATE');
  await pause(HELD_MS);
  other.exec('ROLLBACK');
  other.close();
}

/** In one go: the host and the job write into it all the time. */
function deleteFolder(dataDir: string, run: string): void {
  const away = join(dataDir, '..', 'away');
  renameSync(studioPaths(dataDir).runDir(run), away);
  rmSync(away, { recursive: true, maxRetries: 20 });
}
