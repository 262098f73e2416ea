import { describe, expect, test } from 'vitest';
import { nearestLine } from '../../../renderer/ui/plots/nearestLine.ts';
import type { PlotLine } from '../../../renderer/ui/plots/plotLine.ts';
import { nearestIndex, windowOf, xRange, yRange } from '../../../renderer/ui/plots/plotRange.ts';
import { type Frame, stretchOf, tracePath } from '../../../renderer/ui/plots/tracePath.ts';

const line = (xs: number[], ys: (number | null)[], owner = 'a'): PlotLine => ({
  owner,
  xs,
  ys,
  color: '#000',
  width: 1,
});
/** A pixel is a unit. */
const frame: Frame = { left: 0, top: 0, width: 100, height: 100, x: [0, 100], y: [0, 100], logX: false, logY: false };

type Stroke = [x: number, y: number][];
function strokes(one: PlotLine, within: Partial<Frame> = {}): Stroke[] {
  const drawn: Stroke[] = [];
  tracePath({ moveTo: (x, y) => drawn.push([[x, y]]), lineTo: (x, y) => drawn.at(-1)?.push([x, y]) }, one, {
    ...frame,
    ...within,
  });
  return drawn;
}

describe('the path of a line', () => {
  test('goes from point to point, upwards for larger values', () => {
    expect(strokes(line([0, 50, 100], [0, 50, 100]))).toEqual([
      [
        [0, 100],
        [0, 100],
        [50, 50],
        [100, 0],
      ],
    ]);
    expect(strokes(line([], []))).toEqual([]);
  });

  test('stops at a gap; a point between two gaps is a dot', () => {
    expect(strokes(line([0, 10, 20, 30, 40, 50], [1, 1, null, 5, null, 9]))).toEqual([
      [
        [0, 99],
        [0, 99],
        [10, 99],
      ],
      [
        [30, 95],
        [30, 95],
      ],
      [
        [50, 91],
        [50, 91],
      ],
    ]);
  });

  test('is logarithmic where the axis is, and has a gap at what is not positive', () => {
    const drawn = strokes(line([1, 2, 3, 4], [1, 0, 10, 100]), { logY: true, y: [1, 100] });
    expect(drawn).toEqual([
      [
        [1, 100],
        [1, 100],
      ],
      [
        [3, 50],
        [3, 50],
        [4, 0],
      ],
    ]);
    expect(strokes(line([1, 10, 100], [0, 50, 100]), { logX: true, x: [1, 100] })[0]?.map(([x]) => x)).toEqual([
      0, 0, 50, 100,
    ]);
  });

  test('has of a hundred thousand points some four a column, with every extreme', () => {
    const xs = Array.from({ length: 100_000 }, (_, i) => i / 1000);
    const ys: (number | null)[] = xs.map((x) => 50 + 10 * Math.sin(x * 40));
    ys[31_415] = 99;
    ys[62_830] = 1;
    ys[77_777] = null;
    const drawn = strokes(line(xs, ys));
    const points = drawn.flat();
    expect(points.length).toBeLessThan(4 * 102 + 4);
    expect(points.some(([x, y]) => Math.round(x) === 31 && Math.abs(y - 1) < 1e-9)).toBe(true);
    expect(points.some(([x, y]) => Math.round(x) === 63 && Math.abs(y - 99) < 1e-9)).toBe(true);
    expect(drawn).toHaveLength(2);
    expect(points.map(([x]) => x)).toEqual(points.map(([x]) => x).toSorted((a, b) => a - b));
  });

  test('is drawn where it is in sight, and led to what is not', () => {
    const xs = Array.from({ length: 1000 }, (_, i) => i);
    const [drawn] = strokes(
      line(
        xs,
        xs.map(() => 5),
      ),
      { x: [500, 510] },
    );
    expect(drawn?.map(([x]) => x)).toEqual([-10, -10, ...Array.from({ length: 12 }, (_, i) => 10 * i)]);
  });
});

test('a shaded stretch ends at the frame, follows a logarithmic axis, and may be out of sight', () => {
  expect(stretchOf([20, 50], frame)).toEqual({ left: 20, width: 30 });
  expect(stretchOf([20, 500], frame)).toEqual({ left: 20, width: 80 });
  expect(stretchOf([200, 500], frame)).toBeNull();
  const decades: Frame = { ...frame, logX: true, x: [1e-4, 1] };
  const { left = NaN, width = NaN } = stretchOf([1e-3, 1e-1], decades) ?? {};
  expect([left, width]).toEqual([expect.closeTo(25, 9), expect.closeTo(50, 9)]);
});

describe('ranges', () => {
  test('of x reach over all lines, unless an end is fixed', () => {
    const lines = [line([3, 9], [1, 1]), line([5, 12], [1, 1]), line([], [])];
    expect(xRange(lines, {})).toEqual([3, 12]);
    expect(xRange(lines, { min: 0 })).toEqual([0, 12]);
    expect(xRange([line([4], [1])], {})).toEqual([4, 5]);
    expect(xRange([], {})).toEqual([0, 1]);
    expect(xRange([], { log: true })).toEqual([0.5, 2]);
  });

  test('of y follow the part that is in sight', () => {
    const one = line([0, 1, 2, 3], [100, 4, 2, null]);
    expect(yRange([one], [1, 3], {})).toEqual([1.9, 4.1]);
    expect(yRange([one], [0, 0], {})).toEqual([95, 105]);
    expect(yRange([one], [1, 2], { min: 0 })).toEqual([0, 4.1]);
    expect(yRange([], [0, 1], {})).toEqual([0, 1]);
    expect(yRange([line([0, 1], [null, null])], [0, 1], { log: true })).toEqual([0.1, 1]);
  });

  test('of a logarithmic y know positive values only, and are positive', () => {
    const [low, high] = yRange([line([0, 1, 2], [0, 0.001, 10])], [0, 2], { log: true });
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(0.001);
    expect(high).toBeGreaterThan(10);
  });

  test('the places in sight have a neighbour on each side', () => {
    expect(windowOf([0, 1, 2, 3, 4, 5], [2, 3])).toEqual([1, 5]);
    expect(windowOf([0, 1], [-5, 9])).toEqual([0, 2]);
    expect(nearestIndex([], 3)).toBe(-1);
  });
});

test('the line nearest to the pointer is found within reach, the upper one of two at the same place', () => {
  const lines = [line([0, 10], [10, 10], 'low'), line([0, 10], [50, 50], 'high'), line([0, 10], [50, 50], 'above')];
  const pixel = (value: number): number => 100 - value;
  expect(nearestLine(lines, 4, 88, pixel, 5)).toBe('low');
  expect(nearestLine(lines, 4, 52, pixel, 5)).toBe('above');
  expect(nearestLine(lines, 4, 70, pixel, 5)).toBeNull();
});
