/** Timing from the command line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { TimeResult } from '../../../contract/api/timing.ts';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quorum-time-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('forward and backward are timed apart, with what the network costs', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      MAIN,
      'time',
      '--model',
      'vgg11',
      '--size',
      '32',
      '--classes',
      '10',
      '--iterations',
      '4',
      '--warm-up',
      '1',
      '--width-factor',
      '0.125',
      '--device',
      'wasm',
      '--json',
    ],
    { encoding: 'utf8', env: { ...process.env, QUORUM_HOME: folder } },
  );
  expect(stderr).not.toMatch(/"error"/);
  expect(status).toBe(0);
  const result = TimeResult.parse(JSON.parse(stdout));
  expect(result).toMatchObject({
    size: 32,
    batch: 1,
    iterations: 4,
    warmUp: 1,
    device: { engine: expect.any(String) },
  });
  for (const { p10, median, p90 } of [result.forwardMs, result.forwardBackwardMs]) {
    expect(p10).toBeGreaterThan(0);
    expect(median).toBeGreaterThanOrEqual(p10);
    expect(p90).toBeGreaterThanOrEqual(median);
  }
  expect(result.forwardBackwardMs.median).toBeGreaterThan(result.forwardMs.p10);
  expect(result.multiplyAdds).toBeGreaterThan(result.parameters);
});
