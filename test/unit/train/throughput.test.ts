import { expect, test } from 'vitest';
import { type Pace, Throughput } from '../../../core/train/throughput.ts';

function unsteady(stepMs: readonly number[]): Pace | null {
  const speed = new Throughput();
  for (const ms of stepMs) speed.add(8, ms, 1000);
  return speed.unsteady();
}

test('steps that differ wildly are told, whatever was waited for data, and a few slow ones are not', () => {
  const even = Array.from({ length: 60 }, (_, i) => 100 + (i % 7));
  expect(unsteady(even)).toBeNull();
  expect(unsteady(even.map((ms, i) => (i % 20 === 0 ? 10 * ms : ms)))).toBeNull();
  expect(unsteady(even.map((_, i) => (i % 5 === 0 ? 900 : 100)))).toEqual({ quickMs: 100, slowMs: 900 });
  expect(unsteady([900, ...even.slice(0, 40)])).toBeNull();
});
