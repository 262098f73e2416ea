import { expect, test } from 'vitest';
import { gpuChoice } from '../../../contract/deviceChoice.ts';
import { deviceOptions, gpuLoadWords, gpusBusyWords, type GpuState } from '../../../renderer/format/devices.ts';
import { pretendedGpu } from '../../support/pretendedGpus.ts';

const gpu = (index: number, change: Partial<GpuState> = {}): GpuState => ({
  ...pretendedGpu(index),
  usedBytes: 2 ** 30,
  utilization: 0.37,
  temperatureC: 61,
  leftAlone: false,
  work: null,
  ...change,
});
const WORK = { runId: 'r-1', title: 'flowers' };

test('a device is chosen by its name and memory; one that is gone stays chosen', () => {
  const gone = gpuChoice('GPU-ffff');
  expect(deviceOptions([gpu(0), gpu(1, { leftAlone: true })], gone).map(({ label }) => label)).toEqual([
    'Auto (best available)',
    'Any GPU',
    'GPU 0: Pretended X1, 8 GiB',
    'GPU 1: Pretended X1, 8 GiB (left alone)',
    'GPU-ffff (not there)',
    'CPU',
    'CPU, WebAssembly (slow)',
  ]);
  expect(deviceOptions([gpu(0)], gpuChoice(gpu(0).uuid))).toHaveLength(5);
});

test('what GPUs do is said in words', () => {
  expect(gpuLoadWords(gpu(0))).toBe('37 % · 1 GiB of 8 GiB · 61 °C');
  expect(gpuLoadWords(gpu(0, { usedBytes: null, utilization: null, temperatureC: null }))).toBe('8 GiB');
  const four = [gpu(0, { work: WORK }), gpu(1), gpu(2, { work: WORK }), gpu(3)];
  expect(gpusBusyWords(four)).toBe('2 of 4 GPUs busy');
  expect(gpusBusyWords([...four, gpu(4, { leftAlone: true })])).toBe('2 of 4 GPUs busy');
  expect(gpusBusyWords([gpu(0, { work: WORK })])).toBe('GPU busy');
  expect(gpusBusyWords([gpu(0, { leftAlone: true })])).toBeNull();
});
