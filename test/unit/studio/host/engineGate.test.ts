import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineDevice } from '../../../../contract/engine.ts';
import { StudioError } from '../../../../contract/errors.ts';
import type { EngineNeed } from '../../../../core/studio/engine/engine.ts';
import { EngineGate } from '../../../../core/studio/host/engineGate.ts';
import { openRecords, type OpenRecords } from '../../../../core/studio/records/openRecords.ts';
import { studioPaths } from '../../../../core/studio/records/paths.ts';
import { exampleSpec } from '../../db/examples.ts';

let folder: string;
let open: OpenRecords;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quorum-gate-'));
  open = await openRecords(studioPaths(folder), { rebuild: false });
  for (const id of ['r-a', 'r-b']) await open.records.runs.create({ id, spec: exampleSpec() });
  await open.records.queue.add(['r-a', 'r-b'], 'back');
});
afterEach(async () => {
  await open.close();
  rmSync(folder, { recursive: true, force: true });
});

const WAITING = [
  { id: 'r-a', device: 'auto' },
  { id: 'r-b', device: 'auto' },
] as const;

/** A gate over an installation whose end the test decides. */
function gateOver(need: () => EngineNeed | null) {
  const asked: EngineDevice[] = [];
  let end: { resolve(): void; reject(error: unknown): void } | null = null;
  const gate = new EngineGate({
    context: open.records,
    engine: { needed: async () => need() },
    install(device, onProgress) {
      asked.push(device);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      end = { resolve, reject };
      onProgress({ stage: 'download', done: 1, total: 4, perSec: 1, secondsLeft: 3 });
      return { jobId: 'j-1', ended: promise };
    },
    onProgress: (runId, progress) => told.push([runId, progress.stage, progress.secondsLeft]),
    onChange: () => undefined,
  });
  const told: [string, string, number | null][] = [];
  return {
    gate,
    asked,
    told,
    async finish(error?: unknown) {
      if (error === undefined) end?.resolve();
      else end?.reject(error);
      await gate.settle();
    },
  };
}

const stateOf = async (id: string) => (await open.records.runs.find(id))?.state;

test('an engine is installed once for all that wait, and the first of them says so', async () => {
  let installed = false;
  const { gate, asked, told, finish } = gateOver(() => (installed ? null : { device: 'cpu', fallback: 'wasm' }));
  for (const run of [...WAITING, ...WAITING]) expect(await gate.admits(run)).toBe(false);
  expect(asked).toEqual(['cpu']);
  expect(told).toEqual([['r-a', 'installing', 3]]);
  expect(await gate.state()).toEqual({ state: 'installing', device: 'cpu', jobId: 'j-1' });
  expect([await stateOf('r-a'), await stateOf('r-b')]).toEqual(['installing', 'queued']);
  installed = true;
  await finish();
  expect(await gate.state()).toBeNull();
  for (const run of WAITING) expect(await gate.admits(run)).toBe(true);
  expect([await stateOf('r-a'), await stateOf('r-b')]).toEqual(['queued', 'queued']);
});

test('a failure is kept on the runs and over a restart until somebody chooses', async () => {
  let need: EngineNeed | null = { device: 'cpu', fallback: 'wasm' };
  const first = gateOver(() => need);
  await first.gate.admits(WAITING[0]);
  const error = new StudioError('engine.offline', 'No package could be fetched.', { remedy: 'Check the connection.' });
  await first.finish(error);
  const failed = { state: 'failed', device: 'cpu', fallback: 'wasm', error: error.toReport() };
  expect(await first.gate.state()).toEqual(failed);

  const second = gateOver(() => need);
  expect(await second.gate.state()).toEqual(failed);
  for (const run of WAITING) expect(await second.gate.admits(run)).toBe(false);
  expect(second.asked).toEqual([]);
  for (const { id } of WAITING)
    expect(await open.records.runs.find(id)).toMatchObject({ state: 'queued', error: { code: 'engine.offline' } });

  await second.gate.retry();
  await second.gate.admits(WAITING[0]);
  expect(second.asked).toEqual(['cpu']);
  await second.finish(error);
  need = null;
  expect(await second.gate.admits(WAITING[0])).toBe(true);
  expect(await second.gate.state()).toBeNull();
});

test('a run that was stopped while its engine was installed stays stopped', async () => {
  const { gate, finish } = gateOver(() => ({ device: 'cpu', fallback: 'wasm' }));
  await gate.admits(WAITING[0]);
  await open.records.queue.take('r-a', 'stopped');
  await finish();
  expect(await stateOf('r-a')).toBe('stopped');
});

test('a studio that is closed on the way has not failed, and the run waits', async () => {
  const { gate, finish } = gateOver(() => ({ device: 'cpu', fallback: 'wasm' }));
  await gate.admits(WAITING[0]);
  gate.close();
  await finish(new Error('aborted'));
  expect(await gate.state()).toBeNull();
  expect(await stateOf('r-a')).toBe('queued');
});
