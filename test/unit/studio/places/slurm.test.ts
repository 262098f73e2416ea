/** A real Slurm of one node: what is sent there, what comes back, and what happens while it is away. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../../../contract/run.ts';
import { noTensorFlow } from '../../../support/engines.ts';
import { PlacedRuns, placeJob, reaches, send, show, steps } from '../../../support/placedRuns.ts';
import { quorumJson } from '../../../support/quorumCommand.ts';
import { NO_SLURM, type SlurmCluster, startSlurm, until } from '../../../support/slurmCluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-places-'));
const runs = new PlacedRuns(folder);
const reason = NO_SLURM ?? noTensorFlow;
/** Minutes, for a time limit cannot be shorter than one. */
const SLOW = process.env['QUORUM_SLOW'] === '1';

let cluster: SlurmCluster;
const request = (change: object = {}): object => runs.request({ place: 'cluster', ...change });

describe.skipIf(reason !== null)(`a Slurm of one node${reason === null ? '' : ` (${reason})`}`, () => {
  beforeAll(async () => {
    cluster = await startSlurm();
    await runs.prepare([
      { name: 'cluster', slurm: { cpus: 1, saveSeconds: 1 } },
      { name: 'minute', slurm: { cpus: 1, time: '1', saveSeconds: 1 } },
      { name: 'elsewhere', slurm: { cpus: 1, saveSeconds: 1, partition: 'nope' } },
    ]);
  });
  afterEach(async () => {
    await runs.closeAll();
  });
  afterAll(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('two runs go as one array, and end with the bytes of one trained here', async () => {
    const host = await runs.open();
    const ids = await send(host, request({ seed: 1 }), request({ seed: 2 }), request({ seed: 2, place: 'here' }));
    await until(() => [0, 1].every((i) => placeJob(host, ids[i]) !== null));
    expect([0, 1].map((i) => placeJob(host, ids[i])?.replace(/^\d+/, 'N'))).toEqual(['N_0', 'N_1']);
    for (const id of ids)
      expect(await reaches(host, id, 'finished')).toMatchObject({ step: 8, device: { kind: 'cpu' } });
    expect(runs.weightsOf(ids[1])).toBe(runs.weightsOf(ids[2]));
    expect(runs.weightsOf(ids[0])).not.toBe(runs.weightsOf(ids[2]));
    expect((await host.studio.runs.metrics(ids[1]!)).length).toBe((await host.studio.runs.metrics(ids[2]!)).length);
    expect(existsSync(join(runs.dataDir, 'runs', ids[0]!, 'place'))).toBe(false);
  });

  test('a run goes on without host and without controller, is followed again, and stops with a save', async () => {
    const first = await runs.open();
    const [id] = await send(first, request({ epochs: 20_000 }));
    await until(async () => (await steps(first, id)) > 0);
    await first.close();

    const second = await runs.open();
    const before = await steps(second, id);
    expect((await show(second, id)).state).toBe('training');
    await until(async () => (await steps(second, id)) > before);
    expect(second.studio.runs.trainsHere(id!)).toBe(true);
    await cluster.stopController();
    await until(() => second.logs.some((text) => text.includes('does not answer')));
    const meanwhile = await steps(second, id);
    await until(async () => (await steps(second, id)) > meanwhile);
    await cluster.startController();
    await until(() => second.logs.some((text) => text.includes('answers again')));
    await expect(second.studio.runBook.trash(id!)).rejects.toMatchObject({ code: 'run.inUse' });
    await second.studio.runs.stop(id!);
    const stopped = await reaches(second, id, 'stopped');
    // a stop at an epoch's edge finds the step saved already
    expect((await second.studio.runs.show(id!)).checkpoints.at(-1)).toMatchObject({ step: stopped.step });
    // nothing was sent twice: one array of the test before, and this run
    const names = execFileSync('squeue', ['--noheader', '--states=all', '--format=%j'], { encoding: 'utf8' });
    expect(new Set(names.trim().split('\n')).size).toBe(2);
  });

  test('a killed job is an interrupted run, which goes on there from its checkpoint; a cancelled one in line is stopped', async () => {
    const host = await runs.open();
    const [id] = await send(host, request({ epochs: 20_000 }));
    await until(async () => (await host.studio.runs.show(id!)).checkpoints.some(({ step }) => step > 0));
    const pid = spawnSync('pgrep', ['-f', `main.ts job .*${id}`], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')[0];
    process.kill(Number(pid), 'SIGKILL');
    const { reason: why } = await reaches(host, id, 'interrupted');
    expect(why).toContain('by signal 9');
    await host.queue.add([id!]);
    await until(() => host.logs.some((text) => /continues from checkpoint \d+, step [1-9]/.test(text)));
    // both cores are asked for: the next waits
    await host.studio.context.places.save([
      ...(await host.studio.context.places.list()).filter(({ name }) => name !== 'cluster'),
      { ...(await host.studio.context.places.lane('cluster')).place, slurm: { cpus: 2, saveSeconds: 1 } },
    ]);
    const [waiting] = await send(host, request());
    await until(async () => (await show(host, waiting)).reason?.includes('is waiting') ?? false);
    expect((await show(host, waiting)).reason).toMatch(
      /^job \d+ on cluster is waiting \((Resources|Priority|PENDING)\)/,
    );
    await host.studio.runs.stop(waiting!);
    await reaches(host, waiting, 'stopped');
    execFileSync('scancel', [placeJob(host, id) ?? '']);
    await reaches(host, id, 'stopped');
  });

  test('the five networks go as one array job by the command line, and vote afterwards', async (context) => {
    if (!SLOW) context.skip('takes long: set QUORUM_SLOW=1');
    const small = ['--width-factor', '0.05', '--head-width', '8', '--epochs', '1', '--size', '32', '--device', 'cpu'];
    const where = ['--dataset', 'two', '--place', 'cluster'];
    const trained = await quorumJson<{ runs: Run[] }>(runs.dataDir, [
      'train',
      '--preset',
      'publishedFive',
      ...small,
      ...where,
    ]);
    expect(trained.runs.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'finished'));
    expect(new Set(trained.runs.map(({ spec }) => spec.model.name)).size).toBe(5);
    const jobs = execFileSync('squeue', ['--noheader', '--states=all', '--array', '--format=%F'], { encoding: 'utf8' });
    const counts = Map.groupBy(jobs.trim().split('\n'), (id) => id.trim());
    expect([...counts.values()].filter((tasks) => tasks.length === 5)).toHaveLength(1);
    const members = trained.runs.flatMap(({ id }) => ['--run', id]);
    const output = join(folder, 'votes.csv');
    await quorumJson(runs.dataDir, ['predict', ...members, '--data', 'val', '--output', output]);
    expect(readFileSync(output, 'utf8').trim().split('\n')).toHaveLength(1 + 20);
  });

  test('a time limit of a minute puts a run back into line, twice; it ends with the bytes of one never stopped', async (context) => {
    if (!SLOW) context.skip('takes long: set QUORUM_SLOW=1');
    const host = await runs.open();
    // more than two minutes on a fast core
    const long = { epochs: 2600 };
    const [limited] = await send(host, request({ ...long, place: 'minute' }));
    await reaches(host, limited, 'finished');
    expect(host.logs.filter((text) => text.includes('saved and requeued')).length).toBeGreaterThanOrEqual(2);
    const [whole] = await send(host, request({ ...long, place: 'here' }));
    const { step } = await reaches(host, whole, 'finished');
    expect(await steps(host, limited)).toBe(step);
    expect(runs.weightsOf(limited)).toBe(runs.weightsOf(whole));
  });

  test('what sbatch refuses is told as Slurm said it', async () => {
    const host = await runs.open();
    const [id] = await send(host, request({ place: 'elsewhere' }));
    const { error } = await reaches(host, id, 'failed');
    expect(error).toMatchObject({ code: 'place.refused' });
    expect(error?.message).toContain('invalid partition specified: nope');
  });
});
