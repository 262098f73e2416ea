/** Timing from the command line. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TimeResult } from '../../../contract/api/timing.ts';
import { quorumJson } from '../../support/quorumCommand.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-time-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('forward and backward are timed apart, with what the network costs', async () => {
  const settings = [
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
  ];
  const result = TimeResult.parse(
    await quorumJson(folder, ['time', '--model', 'vgg11', ...settings, '--device', 'wasm']),
  );
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
