import { expect, test } from 'vitest';
import { pointsOf } from '../../../renderer/curves/thin.ts';

const xs = Array.from({ length: 10_000 }, (_, i) => i);

test('few points are drawn as they are', () => {
  expect(pointsOf([1, 2, 3], [5, null, 7], 10)).toEqual([[1, 5], [2, null], [3, 7]]);
  expect(pointsOf([], [], 10)).toEqual([]);
});

test('many become few, and the extremes, the ends and the gaps are among them', () => {
  const ys: (number | null)[] = xs.map((x) => Math.sin(x / 500));
  ys[1234] = 99;
  ys[4321] = -99;
  ys[7777] = null;
  const points = pointsOf(xs, ys, 400);
  expect(points.length).toBeLessThanOrEqual(401);
  for (const kept of [[0, 0], [1234, 99], [4321, -99], [7777, null], [9999, Math.sin(9999 / 500)]]) expect(points).toContainEqual(kept);
  expect(points.map(([x]) => x)).toEqual(points.map(([x]) => x).toSorted((a, b) => a - b));
  expect(new Set(points.map(([x]) => x)).size).toBe(points.length);
});

test('a curve that begins with a gap keeps its lowest and highest', () => {
  const ys: (number | null)[] = xs.map((x) => (x < 5 ? null : x === 6 ? -1 : x === 7 ? 2 : 0.5));
  const points = pointsOf(xs, ys, 40);
  expect(points).toContainEqual([6, -1]);
  expect(points).toContainEqual([7, 2]);
});
