/** Two pretended GPUs: who computes where, what waits, what becomes free, and what is said of one that is gone. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { type DeviceChoice, gpuChoice } from '../../../../contract/deviceChoice.ts';
import type { Run } from '../../../../contract/run.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import { RunQueue } from '../../../../core/studio/host/runQueue.ts';
import { runJob } from '../../../../core/studio/jobs/runJob.ts';
import { evaluateJob } from '../../../../core/worker/jobs/evaluate/messages.ts';
import { pretendedGpu, type PretendedGpus, pretendGpus } from '../../../support/pretendedGpus.ts';
import { exampleCard } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

const ENTRY = fileURLToPath(new URL('../jobs/processes/scriptedTrainer.ts', import.meta.url));
const GPUS = [pretendedGpu(0), pretendedGpu(1)];
const [A, B] = GPUS.map(({ uuid }) => uuid) as [string, string];

interface Host {
  readonly studio: Studio;
  readonly queue: RunQueue;
  /** Processes in the order in which they began, with the GPU that each sees. */
  readonly started: { readonly pid: number; readonly gpu: string | undefined }[];
}

let gpus: PretendedGpus;
const hosts: Host[] = [];
beforeEach(() => {
  gpus = pretendGpus(GPUS);
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await close(host);
  gpus.remove();
});

/** Trainings wait at their sixth step until they are stopped. */
async function openHost(dataDir = temporaryFolder()): Promise<Host> {
  const started: Host['started'] = [];
  const studio = await createStudio({
    dataDir,
    workerEntry: ENTRY,
    fork(entry, { env }) {
      const child = forkJob(entry, { env: { ...env, TEST_TRAINING: 'wait' } });
      started.push({ pid: child.pid ?? 0, gpu: env['CUDA_VISIBLE_DEVICES'] });
      return child;
    },
  });
  const { context, runs } = studio;
  // the engine for GPUs is not needed, as nothing is computed
  const gate = { admits: async () => true };
  const onChange = (): void => undefined;
  const queue = new RunQueue({ context, runs, queue: context.queue, settings: context.settings, gate, onChange });
  const host = { studio, queue, started };
  hosts.push(host);
  return host;
}

async function close({ studio, queue }: Host): Promise<void> {
  await queue.close();
  await studio.runs.stopAll();
  await queue.settle();
  await studio.close();
}

async function enqueue({ studio, queue }: Host, ...devices: DeviceChoice[]): Promise<string[]> {
  const card = exampleCard();
  await studio.context.datasets.save(card);
  mkdirSync(studio.paths.datasetDir(card.id), { recursive: true });
  const ids: string[] = [];
  for (const [i, device] of devices.entries()) {
    const request = { name: `run ${i}`, model: { name: 'vgg11' }, dataset: card.id, epochs: 3, batchSize: 16, device };
    ids.push((await studio.runs.create(request)).id);
  }
  await queue.add(ids);
  return ids;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('what is waited for did not come');
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

const gpusOf = ({ started }: Host): (string | undefined)[] => started.map(({ gpu }) => gpu);

async function lanesOf({ studio }: Host): Promise<Record<string, string>> {
  return Object.fromEntries((await studio.context.lanes.held()).map(({ lane, title }) => [lane, title]));
}

async function show({ studio }: Host, id: string | undefined): Promise<Run> {
  return studio.runs.show(id ?? '');
}

test('two runs train on two GPUs, the third waits for the one whose process was killed', async () => {
  const host = await openHost();
  const [first, second, third] = await enqueue(host, 'gpu', 'gpu', 'gpu');
  host.queue.open();
  await until(async () => (await show(host, first)).step === 6 && (await show(host, second)).step === 6);
  expect(gpusOf(host)).toEqual([A, B]);
  expect(await lanesOf(host)).toEqual({ [gpuChoice(A)]: 'run 0', [gpuChoice(B)]: 'run 1' });
  expect(await show(host, third)).toMatchObject({ state: 'queued', reason: null });
  expect((await show(host, second)).device).toMatchObject({ kind: 'gpu', uuid: B, index: 1 });

  process.kill(host.started[1]!.pid, 'SIGKILL');
  await until(() => host.started.length === 3);
  expect(gpusOf(host)[2]).toBe(B);
  expect((await show(host, second)).state).toBe('interrupted');
  expect(await lanesOf(host)).toEqual({ [gpuChoice(A)]: 'run 0', [gpuChoice(B)]: 'run 2' });
});

test('an evaluation takes a free GPU, and waits for one where runs have them all', async () => {
  const host = await openHost();
  await enqueue(host, 'gpu');
  host.queue.open();
  await until(() => host.started.length === 1);
  const said: string[] = [];
  // the process of the test knows no evaluation and ends at once; where it was started is what counts
  const evaluate = (): Promise<unknown> =>
    runJob(host.studio.context, evaluateJob, {} as never, {
      device: 'gpu',
      onProgress: ({ stage }) => said.push(stage),
    }).catch((error: unknown) => error);
  await evaluate();
  expect(gpusOf(host)).toEqual([A, B]);
  expect([said, await lanesOf(host)]).toEqual([[], { [gpuChoice(A)]: 'run 0' }]);

  const [second] = await enqueue(host, 'gpu');
  await until(async () => (await show(host, second)).step === 6);
  const evaluation = evaluate();
  await until(() => said.length > 0);
  expect(said[0]).toBe(
    'waiting for a GPU: GPU 0 (Pretended X1) computes "run 0", GPU 1 (Pretended X1) computes "run 0"',
  );
  expect(host.started).toHaveLength(3);
  await host.studio.runs.stop(second ?? '');
  await evaluation;
  expect(gpusOf(host)[3]).toBe(B);
});

test('a second host gives no GPU to a job that the first has given away, and goes on where that one ended', async () => {
  const first = await openHost();
  const [id] = await enqueue(first, 'gpu');
  first.queue.open();
  await until(async () => (await show(first, id)).step === 6);
  const second = await openHost(first.studio.paths.dataDir);
  await enqueue(second, 'gpu', gpuChoice(A));
  second.queue.open();
  await until(() => second.started.length === 1);
  expect(gpusOf(second)).toEqual([B]);

  // as over a restart of the program
  await close(first);
  hosts.splice(hosts.indexOf(first), 1);
  await until(() => second.started.length === 2);
  expect(gpusOf(second)).toEqual([B, A]);
  await second.queue.add([id ?? '']);
  const running = (await second.studio.context.lanes.held()).find(({ lane }) => lane === gpuChoice(B));
  await second.studio.runs.stop(running?.runId ?? '');
  await until(async () => second.started.length === 3 && (await show(second, id)).device?.uuid === B);
  expect((await show(second, id)).device?.notice).toBe(
    'Continued on GPU 1 (Pretended X1); before, it trained on GPU 0 (Pretended X1).',
  );
});

test('a GPU that vanishes is said by name; a run that wants it waits, and goes on when it is back', async () => {
  const host = await openHost();
  const [lost, waiting] = await enqueue(host, gpuChoice(B), gpuChoice(B));
  host.queue.open();
  await until(async () => (await show(host, lost)).step === 6);
  gpus.list(GPUS.slice(0, 1));
  process.kill(host.started[0]!.pid, 'SIGKILL');
  const words = `GPU 1 (Pretended X1), ${B}, is not there any more; found: GPU 0 (Pretended X1).`;
  await until(async () => (await show(host, waiting)).error !== null);
  expect(await show(host, lost)).toMatchObject({ state: 'failed', reason: words, error: { code: 'engine.noGpu' } });
  expect(await show(host, waiting)).toMatchObject({
    state: 'queued',
    reason: words,
    error: { code: 'engine.noGpu', remedy: expect.stringContaining('choose another GPU') },
  });

  gpus.list(GPUS);
  await until(async () => (await show(host, waiting)).step === 6);
  expect(await show(host, waiting)).toMatchObject({ reason: null, error: null, device: { uuid: B } });
});

test('GPUs that are left alone get nothing, and a limit counts all lanes', async () => {
  const host = await openHost();
  await host.studio.context.settings.write('settings', { gpusLeftAlone: [A] });
  host.studio.context.lanes.limit({ mostLanes: 1 });
  const [first] = await enqueue(host, 'gpu', 'cpu');
  host.queue.open();
  await until(async () => (await show(host, first)).step === 6);
  expect(gpusOf(host)).toEqual([B]);
  host.studio.context.lanes.limit({ mostLanes: null });
  host.queue.poke();
  await until(() => host.started.length === 2);
  expect(Object.keys(await lanesOf(host))).toEqual(['cpu:0', gpuChoice(B)]);
});
