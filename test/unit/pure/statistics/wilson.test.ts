import { expect, it } from 'vitest';
import { wilsonInterval } from '../../../../pure/statistics/wilson.ts';

it('Wilson interval equals published values and holds its bounds', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3 (score without continuity correction).
  for (const [correct, total, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const interval = wilsonInterval(correct, total);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  }
  expect(wilsonInterval(20, 20).high).toBe(1);
});
