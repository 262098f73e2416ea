/**
 * Several programs on one data folder: two web hosts and command lines that all train the same queue, while pages of
 * both hosts store settings and what the queue does. Each run is trained once, by one of them, and nothing that is
 * stored fails.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { noTensorFlow } from '../support/engines.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { quorum, serve, startQuorum, until } from './support/quorumProcess.ts';
import { digestOf, importSample, journal, runIds, stateOf, trainingOptions } from './support/smallTraining.ts';
import { tell, tries } from './support/trial.ts';
import { codeOf, login, openClient } from './support/webClient.ts';

const EPOCHS = tries(2, 10);
const RUNS = tries(2, 8);
const COMMANDS = tries(1, 4);
/** Of each kind, by the page of each host. */
const CALLS = tries(20, 180);

let dataDir = '';
beforeAll(async () => {
  dataDir = join(temporaryFolder(), 'data');
  if (noTensorFlow === null) await importSample(dataDir);
}, 600_000);

describe.skipIf(noTensorFlow !== null)('programs that share a data folder', () => {
  test('each run of a queue is trained once, byte for byte, and every call succeeds', async () => {
    for (let i = 0; i < RUNS; i++) await quorum(dataDir, [...trainingOptions(EPOCHS), '--queue']);
    const hosts = await Promise.all([serve(dataDir), serve(dataDir)]);
    const commands = Array.from({ length: COMMANDS }, () => startQuorum(dataDir, ['queue', 'run']));
    const calls = (await Promise.all(hosts.map(({ url }) => storeMuch(url)))).flat();
    expect(calls.filter((outcome) => outcome !== 'done')).toEqual([]);
    const runs = runIds(dataDir);
    await until(() => runs.every((run) => stateOf(dataDir, run) === 'finished'));
    for (const command of commands) {
      await command.ended;
      expect(command.output()).not.toMatch(/This is a fault in Quorum/);
    }
    for (const host of hosts) {
      expect(host.child.exitCode, host.output()).toBeNull();
      host.child.kill('SIGTERM');
      await host.ended;
    }
    expect(runs).toHaveLength(RUNS);
    for (const run of runs) {
      expect(digestOf(dataDir, run)).toBe(digestOf(dataDir, runs[0]!));
      expect(journal(dataDir, run).filter(({ change }) => change?.startedAt !== undefined)).toHaveLength(1);
      expect(journal(dataDir, run).filter(({ call }) => call === 'continue')).toEqual([]);
    }
    tell(
      `two hosts and ${COMMANDS} command lines: ${RUNS} runs trained once each, byte for byte; ` +
        `${calls.length} calls that store, all done`,
    );
  });
});

/** Settings and how the queue goes on, as fast as the host answers; what became of each call. */
async function storeMuch(url: string): Promise<string[]> {
  const { origin } = new URL(url);
  const { client, socket } = await openClient(origin, await login(origin, codeOf(url)));
  const outcomes: string[] = [];
  for (let i = 0; i < CALLS; i++) {
    const odd = i % 2 === 1;
    const calls = [
      client.settings.set({ theme: odd ? 'dark' : 'light' }),
      client.queue.configure({ continueAfterFailure: odd }),
    ];
    for (const outcome of await Promise.allSettled(calls))
      outcomes.push(outcome.status === 'fulfilled' ? 'done' : String(outcome.reason));
  }
  socket.terminate();
  return outcomes;
}
