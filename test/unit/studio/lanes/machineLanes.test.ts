import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { LaneSettings } from '../../../../contract/api/settings.ts';
import { cardOf, DeviceChoice, gpuChoice, kindOf } from '../../../../contract/deviceChoice.ts';
import type { DeviceReport } from '../../../../contract/run.ts';
import { freeLane } from '../../../../core/db/laneRepository.ts';
import { visibleGpus } from '../../../../core/provision/gpu.ts';
import { jobEnvironment } from '../../../../core/studio/jobs/jobEnvironment.ts';
import { lanesFor, type MachineDevices } from '../../../../core/studio/lanes/machineLanes.ts';
import { movedWords } from '../../../../pure/gpuWords.ts';
import { pretendedGpu } from '../../../support/pretendedGpus.ts';

const GPUS = [pretendedGpu(0), pretendedGpu(1)];
const [A, B] = GPUS.map(({ uuid }) => uuid) as [string, string];
const machine = (change: Partial<MachineDevices> = {}): MachineDevices => ({
  gpus: GPUS,
  gpuEngine: true,
  names: {},
  ...change,
});
const settings = (change: Partial<LaneSettings> = {}): LaneSettings => LaneSettings.parse(change);
const lanes = (device: DeviceChoice, on = machine(), by = settings()): string[] =>
  lanesFor(device, on, by).map(({ id }) => id);

test('a device is a kind, or one GPU by its UUID', () => {
  expect(DeviceChoice.parse(gpuChoice(A))).toBe(`gpu:${A}`);
  expect([kindOf(gpuChoice(A)), cardOf(gpuChoice(A)), cardOf('gpu')]).toEqual(['gpu', A, null]);
  for (const bad of ['gpu:', 'gpu:0', 'gpu:../x', 'tpu', `gpu:${A}\n`])
    expect(DeviceChoice.safeParse(bad).success).toBe(false);
});

test('each GPU is a lane; auto takes them where their engine is installed, else the processor', () => {
  expect(lanes('auto')).toEqual([`gpu:${A}`, `gpu:${B}`]);
  expect(lanes('gpu')).toEqual([`gpu:${A}`, `gpu:${B}`]);
  expect(lanes(gpuChoice(B))).toEqual([`gpu:${B}`]);
  expect(lanes('auto', machine({ gpuEngine: false }))).toEqual(['cpu:0']);
  expect(lanes('wasm')).toEqual(['cpu:0']);
  // a driver that does not tell its GPUs apart
  expect(lanes('auto', machine({ gpus: [] }))).toEqual(['gpu']);
});

test('a GPU that is left alone is no lane, and asking for it says why', () => {
  const alone = settings({ gpusLeftAlone: [A] });
  expect(lanes('auto', machine(), alone)).toEqual([`gpu:${B}`]);
  expect(() => lanes(gpuChoice(A), machine(), alone)).toThrow('Quorum leaves GPU 0 (Pretended X1) alone');
  const all = settings({ gpusLeftAlone: [A, B] });
  expect(lanes('auto', machine(), all)).toEqual(['cpu:0']);
  expect(() => lanes('gpu', machine(), all)).toThrow('leaves all GPUs alone');
});

test('a GPU that is not there is said by the name it had', () => {
  const gone = machine({ gpus: GPUS.slice(0, 1), names: { [B]: 'GPU 1 (Pretended X1)' } });
  expect(() => lanes(gpuChoice(B), gone)).toThrow(
    `GPU 1 (Pretended X1), ${B}, is not there any more; found: GPU 0 (Pretended X1).`,
  );
});

test('lanes on the processor share its cores, unless they are told how many', () => {
  const share = Math.max(1, Math.floor(availableParallelism() / 2));
  expect(lanesFor('cpu', machine(), settings({ cpuLanes: 2 }))).toEqual([
    { kind: 'cpu', id: 'cpu:0', threads: share },
    { kind: 'cpu', id: 'cpu:1', threads: share },
  ]);
  expect(lanesFor('cpu', machine(), settings())).toEqual([{ kind: 'cpu', id: 'cpu:0', threads: null }]);
  expect(lanesFor('cpu', machine(), settings({ threadsPerLane: 3 }))).toMatchObject([{ threads: 3 }]);
});

test('a nameless GPU may be any: it and the others exclude each other', () => {
  expect(freeLane(['gpu'], [`gpu:${A}`], null)).toBeNull();
  expect(freeLane([`gpu:${A}`], ['gpu'], null)).toBeNull();
  expect(freeLane([`gpu:${A}`, `gpu:${B}`], [`gpu:${A}`, 'cpu:0'], null)).toBe(`gpu:${B}`);
  expect(freeLane([`gpu:${B}`], [`gpu:${A}`], 1)).toBeNull();
});

test('a job sees the GPU of its lane alone; where the GPUs are not for it, it is told', () => {
  const OWN = { QUORUM_CACHE: '/nowhere', CUDA_VISIBLE_DEVICES: '0,1' };
  const gpu = { kind: 'gpu', id: `gpu:${B}`, gpu: GPUS[1]! } as const;
  expect(jobEnvironment(OWN, 'auto', {}, gpu)['CUDA_VISIBLE_DEVICES']).toBe(B);
  expect(jobEnvironment(OWN, 'auto', {}, { ...gpu, gpu: null })['CUDA_VISIBLE_DEVICES']).toBe('0,1');
  const cpu = { kind: 'cpu', id: 'cpu:0', threads: 1 } as const;
  expect(jobEnvironment(OWN, 'auto', {}, cpu)['QUORUM_JOB_DEVICE']).toBe('cpu');
  expect(jobEnvironment(OWN, 'auto', {}, gpu)['QUORUM_JOB_DEVICE']).toBeUndefined();
});

test('what CUDA hides from this program is no lane', () => {
  const seen = (visible: string | undefined): number[] => visibleGpus(GPUS, visible).map(({ index }) => index);
  expect(seen(undefined)).toEqual([0, 1]);
  expect(seen('1')).toEqual([1]);
  expect(seen(`${B},0`)).toEqual([1, 0]);
  expect(seen('GPU-00000001')).toEqual([1]);
  // as CUDA reads it, the first that does not exist ends the list
  expect(seen('0,7,1')).toEqual([0]);
  expect([seen(''), seen('-1')]).toEqual([[], []]);
});

test('a run that goes on elsewhere says where it was before', () => {
  const report = (change: Partial<DeviceReport>): DeviceReport => ({
    kind: 'gpu',
    name: 'Pretended X1',
    memoryBytes: null,
    engine: 'tensorflow',
    engineVersion: '2.18',
    threads: 1,
    notice: null,
    ...change,
  });
  const first = report({ uuid: A, index: 0 });
  expect(movedWords(null, first)).toBeNull();
  expect(movedWords(first, first)).toBeNull();
  // of an earlier version, which did not keep the UUID
  expect(movedWords(report({}), first)).toBeNull();
  expect(movedWords(first, report({ uuid: B, index: 1 }))).toBe(
    'Continued on GPU 1 (Pretended X1); before, it trained on GPU 0 (Pretended X1).',
  );
  expect(movedWords(first, report({ kind: 'cpu', name: 'EPYC' }))).toContain('Continued on CPU (EPYC)');
});
