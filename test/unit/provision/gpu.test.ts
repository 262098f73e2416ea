import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { driverProblem, findGpus, parseGpuLoads, parseGpus } from '../../../core/provision/gpu.ts';
import { temporaryFolder } from './temporaryFolder.ts';

describe('GPUs', () => {
  test("are read from the driver's CSV", () => {
    const csv = [
      '0, GPU-aa11, NVIDIA H200, 143771, 570.133.20, 9.0',
      '1, GPU-bb22, NVIDIA GeForce RTX 4090, 24564, 550.54.14, 8.9',
    ];
    expect(parseGpus(`${csv.join('\n')}\n`)).toEqual([
      {
        index: 0,
        uuid: 'GPU-aa11',
        name: 'NVIDIA H200',
        memoryBytes: 143771 * 2 ** 20,
        driver: '570.133.20',
        computeCapability: '9.0',
      },
      {
        index: 1,
        uuid: 'GPU-bb22',
        name: 'NVIDIA GeForce RTX 4090',
        memoryBytes: 24564 * 2 ** 20,
        driver: '550.54.14',
        computeCapability: '8.9',
      },
    ]);
  });

  test('keep what an old driver or a shared-memory GPU does not tell', () => {
    expect(parseGpus('0, GPU-1, Tesla K80, 11441, 470.82.01\n')[0]?.computeCapability).toBeNull();
    expect(parseGpus('0, GPU-1, NVIDIA GB10, [N/A], 580.95.05, 12.1\n')[0]?.memoryBytes).toBe(0);
    expect(parseGpus('\n')).toEqual([]);
  });

  test.each([
    ['525.60.13', true],
    ['570.1', true],
    ['525.60.12', false],
    ['470.82.01', false],
  ])('driver %s: new enough is %s', (driver, enough) => {
    expect(driverProblem([{ driver }]) === null).toBe(enough);
  });

  test('an old driver is asked again without the field it does not know, and is a problem', async () => {
    const folder = temporaryFolder();
    writeFileSync(
      path.join(folder, 'nvidia-smi'),
      [
        '#!/bin/sh',
        'case "$1" in *compute_cap*) echo "Field \\"compute_cap\\" is not a valid field to query."; exit 2;; esac',
        'echo "0, GPU-1, Tesla K80, 11441, 470.82.01"',
      ].join('\n'),
    );
    chmodSync(path.join(folder, 'nvidia-smi'), 0o755);
    const { gpus, problem } = await findGpus({ env: { PATH: `${folder}:/bin:/usr/bin` } });
    expect(gpus.map((gpu) => gpu.name)).toEqual(['Tesla K80']);
    expect(problem).toMatch(/470\.82\.01 is too old.*525\.60\.13/);
  });

  test('a driver that fails is a problem in its own words', async () => {
    const folder = temporaryFolder();
    writeFileSync(
      path.join(folder, 'nvidia-smi'),
      '#!/bin/sh\necho "Failed to initialize NVML: Driver/library version mismatch"; exit 18\n',
    );
    chmodSync(path.join(folder, 'nvidia-smi'), 0o755);
    expect(await findGpus({ env: { PATH: `${folder}:/bin:/usr/bin` } })).toEqual({
      gpus: [],
      problem: expect.stringContaining('version mismatch') as string,
    });
  });
});

test('what a GPU does is read as bytes, shares and degrees; what the driver does not say is null', () => {
  expect(parseGpuLoads('GPU-1, 1024, 37, 61\nGPU-2, [N/A], [N/A], 40\n')).toEqual([
    { uuid: 'GPU-1', usedBytes: 2 ** 30, utilization: 0.37, temperatureC: 61 },
    { uuid: 'GPU-2', usedBytes: null, utilization: null, temperatureC: 40 },
  ]);
  expect(parseGpuLoads('')).toEqual([]);
});
