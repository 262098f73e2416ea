import { expect, test } from 'vitest';
import { lastMetric, metricPoint, readMetric } from '../../../contract/metrics.ts';

test.each([1.5, 0, -2, NaN, Infinity, -Infinity])('%d comes back from JSON as it was', (value) => {
  const stored = JSON.parse(JSON.stringify(metricPoint('val/loss', 3, 1, value))) as ReturnType<typeof metricPoint>;
  expect(readMetric(stored)).toBe(value);
});

test('the last value of a metric counts, and one that was never recorded is undefined', () => {
  const points = [metricPoint('lr', 1, 0.5, 1), metricPoint('lr', 2, 1, 3), metricPoint('val/loss', 2, 1, NaN)];
  expect(lastMetric(points, 'lr')).toBe(3);
  expect(lastMetric(points, 'val/loss')).toBeNaN();
  expect(lastMetric(points, 'val/top1')).toBeUndefined();
});
