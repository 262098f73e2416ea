/**
 * A command line, its job, or a web host with its queue, killed at random moments, some after they have stood still for
 * a while: the run goes on from the newest checkpoint that was saved, and ends as one that was never disturbed.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { METRIC } from '../../contract/metrics.ts';
import { keyedRandom } from '../../core/data/random.ts';
import { noTensorFlow } from '../support/engines.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { isThere, processTree } from './support/processTree.ts';
import { pause, quorum, type QuorumProcess, serve, startQuorum, until } from './support/quorumProcess.ts';
import {
  digestOf,
  importSample,
  journal,
  newestStep,
  runIds,
  stateOf,
  trainingOptions,
} from './support/smallTraining.ts';
import { LONG, tell, tries } from './support/trial.ts';

const EPOCHS = tries(40, 150);
/** Between the first sign of training and the end of it. */
const LONGEST_RUN_MS = tries(1500, 4000);
const LONGEST_STANDSTILL_MS = tries(1500, Number(process.env['QUORUM_STANDSTILL_MS'] ?? 20_000));
const KILLS = tries(1, 12);
/** Of hosts that stood still before; the short form has one among its kills. */
const STANDSTILLS = 60;
/** An orphan saves once and ends; a checkpoint takes a while on a busy disk. */
const ORPHAN_MS = 30_000;

type Victim = 'host' | 'job' | 'both' | 'host after a standstill';

let folder = '';
let undisturbed = '';
beforeAll(
  async () => {
    folder = temporaryFolder();
    if (noTensorFlow !== null) return;
    await importSample(folder);
    await quorum(folder, trainingOptions(EPOCHS));
    undisturbed = digestOf(folder, runIds(folder)[0]!);
  },
  tries(600_000, 3_600_000),
);

/** Points to `run` and starts to train it: by the command line, or by a web host's queue. */
type Start = (run: string | null) => Promise<QuorumProcess>;

const byCommand: Start = async (run) =>
  startQuorum(folder, run === null ? trainingOptions(EPOCHS) : ['train', '--resume', run]);

const byHost: Start = async (run) => {
  if (run === null) await quorum(folder, [...trainingOptions(EPOCHS), '--queue']);
  else await quorum(folder, ['queue', 'add', run]);
  return serve(folder);
};

describe.skipIf(noTensorFlow !== null)('a training that is killed', () => {
  const anyone: readonly Victim[] = ['host after a standstill', 'host', 'job', 'both'];
  const standstills: [string, Start, readonly Victim[], number][] = [
    ['by the command line, after standstills', byCommand, ['host after a standstill'], STANDSTILLS],
    ['by a web host, after standstills', byHost, ['host after a standstill'], STANDSTILLS],
  ];
  test.each<[string, Start, readonly Victim[], number]>([
    ['by the command line', byCommand, anyone, KILLS],
    ['by a web host', byHost, anyone, KILLS],
    ...(LONG ? standstills : []),
  ])(
    '%s: no saved step is out of reach, and it ends byte for byte as if nothing had happened',
    async (way, start, victims, kills) => {
      const random = keyedRandom(11, way);
      let done = 0;
      let repeated = 0;
      let finished = 0;
      let longestOrphanMs = 0;
      while (done < kills) {
        let run: string | null = null;
        for (;;) {
          const before = runIds(folder);
          const saved = run === null ? -1 : newestStep(folder, run);
          const seen = run === null ? 0 : journal(folder, run).length;
          const process = await start(run);
          run ??= await newRun(before);
          const id = run;
          // it has said something of a step of this attempt, or there was none left
          await until(
            () =>
              process.child.exitCode !== null ||
              stateOf(folder, id) === 'finished' ||
              journal(folder, id)
                .slice(seen)
                .some(({ points = [] }) => points.some(([name]) => name === METRIC.batchLoss)),
          );
          const resumed = journal(folder, id)
            .slice(seen)
            .find(({ call }) => call === 'continue');
          if (saved >= 0) expect(resumed?.point?.step, process.output()).toBeGreaterThanOrEqual(saved);
          if (done >= kills) await until(() => stateOf(folder, id) === 'finished' || process.child.exitCode !== null);
          if (done >= kills || stateOf(folder, id) === 'finished') {
            await end(process);
            break;
          }
          await pause(random.int(LONGEST_RUN_MS));
          const victim = victims[done % victims.length]!;
          const { orphanMs, lost } = await kill(process, victim, random.int(LONGEST_STANDSTILL_MS), id);
          longestOrphanMs = Math.max(longestOrphanMs, orphanMs);
          repeated += lost;
          done++;
          if (stateOf(folder, id) === 'finished') break;
        }
        if (stateOf(folder, run) !== 'finished') continue;
        expect(digestOf(folder, run)).toBe(undisturbed);
        finished++;
      }
      expect(longestOrphanMs).toBeLessThan(ORPHAN_MS);
      tell(
        `${way}: ${done} kills, ${finished} runs finished byte for byte, ${repeated} steps repeated in all, ` +
          `no saved step out of reach, the last orphan gone after ${(longestOrphanMs / 1000).toFixed(1)} s`,
      );
    },
    tries(600_000, 7_200_000),
  );
});

async function newRun(before: readonly string[]): Promise<string> {
  const fresh = (): string | undefined => runIds(folder).find((id) => !before.includes(id));
  await until(() => fresh() !== undefined);
  return fresh()!;
}

/** Kills, and waits until nothing of it is left; `lost`: steps that were told of and that no checkpoint holds. */
async function kill(
  { pid, child, ended }: QuorumProcess,
  victim: Victim,
  standstillMs: number,
  run: string,
): Promise<{ orphanMs: number; lost: number }> {
  const [host = pid, ...jobs] = processTree(pid);
  const end = (one: number): void => {
    if (isThere(one)) process.kill(one, 'SIGKILL');
  };
  if (victim === 'host after a standstill') {
    child.kill('SIGSTOP');
    await pause(standstillMs);
  }
  if (victim !== 'host' && victim !== 'host after a standstill') jobs.forEach(end);
  if (victim !== 'job') end(host);
  else child.kill('SIGTERM');
  const from = performance.now();
  await ended;
  await until(() => ![host, ...jobs].some(isThere));
  const orphanMs = performance.now() - from;
  const told = journal(folder, run)
    .flatMap(({ points }) => points ?? [])
    .at(-1)?.[1];
  return { orphanMs: victim === 'job' ? 0 : orphanMs, lost: Math.max(0, (told ?? 0) - newestStep(folder, run)) };
}

/** A command ends by itself, a host when it is asked to. */
async function end(process: QuorumProcess): Promise<void> {
  process.child.kill('SIGTERM');
  await process.ended;
}
