import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { MARKERS, MEMBER_COLORS, memberStyle } from '../../../../pure/palette.ts';
import { svgPng } from '../../../../core/evaluate/svgPng.ts';
import type { CurveRun } from '../../../../pure/figures/curve.ts';
import { bestEpochOf, curvesSvg } from '../../../../pure/figures/curves.ts';
import { epochTicks, niceTicks } from '../../../../pure/figures/ticks.ts';

const RUN: CurveRun = {
  name: 'vgg11',
  points: [1, 2, 3, 4].map((epoch) => ({
    epoch,
    trainLoss: 3 - epoch / 2,
    valLoss: 3 - epoch / 4,
    trainTop1: epoch / 8,
    valTop1: epoch / 10,
  })),
};

/** Polygons with the ten corners of a star. */
function stars(svg: string): number {
  return [...svg.matchAll(/<polygon points="([^"]*)"/g)].filter((match) => match[1]!.split(' ').length === 10).length;
}

function paths(svg: string, color: string): string[] {
  return [...svg.matchAll(/<path d="([^"]*)" fill="none" stroke="([^"]*)"/g)]
    .filter((match) => match[2] === color)
    .map((match) => match[1]!);
}

describe('curves', () => {
  it('draw training dashed and validation solid in both charts, and star the best epoch', () => {
    const svg = curvesSvg([RUN]);
    expect(paths(svg, MEMBER_COLORS[0]!)).toHaveLength(4);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(3);
    // Loss, accuracy, and the key that explains the star.
    expect(stars(svg)).toBe(3);
    for (const label of [
      'Loss (cross-entropy)',
      'Accuracy (top-1, %)',
      'Epoch',
      'validation',
      'training',
      'best epoch',
      'vgg11',
      '40.0 % · loss 2.00 · epoch 4',
    ])
      expect(svg).toContain(`>${label}</text>`);
  });

  it('put higher values higher and later epochs further right', () => {
    const [loss] = paths(curvesSvg([RUN]), MEMBER_COLORS[0]!);
    const points = [...loss!.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(
      (match) => [Number(match[1]), Number(match[2])] as const,
    );
    expect(points).toHaveLength(4);
    for (let i = 1; i < 4; i++) {
      expect(points[i]![0]).toBeGreaterThan(points[i - 1]![0]);
      expect(points[i]![1]).toBeGreaterThan(points[i - 1]![1]);
    }
  });

  it('leave a gap where a value is missing or not finite', () => {
    for (const hole of [NaN, Infinity, null, undefined]) {
      const run: CurveRun = {
        name: 'r',
        bestEpoch: null,
        points: [1, 2, 3, 4, 5].map((epoch) => ({ epoch, valLoss: epoch === 3 ? hole : epoch })),
      };
      const svg = curvesSvg([run]);
      expect(paths(svg, MEMBER_COLORS[0]!)).toEqual([expect.stringMatching(/^M[\d. ]+L[\d. ]+M[\d. ]+L[\d. ]+$/)]);
      expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
    }
  });

  it.each<[string, CurveRun[]]>([
    ['a single point', [{ name: 'one', points: [{ epoch: 1, trainLoss: 2, valLoss: 2, trainTop1: 0, valTop1: 0 }] }]],
    ['no point yet', [{ name: 'none', points: [] }]],
    [
      'nothing finite',
      [
        {
          name: 'nan',
          points: [
            { epoch: 1, valLoss: NaN },
            { epoch: 2, valLoss: Infinity },
          ],
        },
      ],
    ],
    [
      'equal values',
      [
        {
          name: 'flat',
          points: [
            { epoch: 1, valLoss: 5.3 },
            { epoch: 2, valLoss: 5.3 },
          ],
        },
      ],
    ],
    [
      'values of very different size',
      [
        {
          name: 'steep',
          points: [
            { epoch: 1, valLoss: 1e30 },
            { epoch: 2, valLoss: 1e-30 },
          ],
        },
      ],
    ],
    ['70 runs', Array.from({ length: 70 }, (_, i) => ({ ...RUN, name: `run ${i}` }))],
    [
      '5,000 epochs',
      [{ name: 'long', points: Array.from({ length: 5000 }, (_, i) => ({ epoch: i, valLoss: Math.sin(i) + 2 })) }],
    ],
  ])('are drawn for %s', async (_, runs) => {
    const svg = curvesSvg(runs);
    expect(svg).not.toMatch(/NaN|Infinity/);
    const image = await sharp(await svgPng(svg, { scale: 1 })).metadata();
    expect(image).toMatchObject({ format: 'png', width: 1060 });
  });

  it('never take a name for markup and refer to nothing outside', async () => {
    const hostile = '</text><image href="file:///etc/passwd"/><script>x</script>&bad;\u0000\u202e"\'';
    const svg = curvesSvg([{ ...RUN, name: hostile }], { title: hostile, subtitle: hostile });
    expect(svg).not.toMatch(/<image|<script|&bad|\u0000|\u202e/);
    expect(await sharp(await svgPng(svg)).metadata()).toMatchObject({ width: 2120 });
  });

  it('refuse to draw no run', () => {
    expect(() => curvesSvg([])).toThrow(expect.objectContaining({ code: 'input.invalid' }));
  });
});

it("the best epoch is the run's own, else that of the lowest validation loss", () => {
  const points = [
    { epoch: 1, valLoss: NaN },
    { epoch: 2, valLoss: 1 },
    { epoch: 3, valLoss: 1 },
    { epoch: 4, valLoss: 2 },
  ];
  expect(bestEpochOf({ name: '', points })).toBe(2);
  expect(bestEpochOf({ name: '', points, bestEpoch: 4 })).toBe(4);
  expect(bestEpochOf({ name: '', points, bestEpoch: null })).toBeNull();
  expect(bestEpochOf({ name: '', points: [] })).toBeNull();
});

it('ticks are round and inside the axis', () => {
  expect(niceTicks(0.6, 6.4, 5, true).values).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(niceTicks(0.31, 0.34, 5).values).toEqual([0.31, 0.315, 0.32, 0.325, 0.33, 0.335, 0.34]);
  expect(niceTicks(5, 5, 5).values).toContain(5);
  expect(epochTicks(1, 24, 10)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24]);
  expect(epochTicks(1, 3, 10)).toEqual([1, 2, 3]);
  expect(epochTicks(7, 7, 10)).toEqual([7]);
});

it('no two of 64 networks look alike', () => {
  const looks = Array.from({ length: 64 }, (_, index) => JSON.stringify(memberStyle(index)));
  expect(new Set(looks).size).toBe(64);
  expect(new Set(MEMBER_COLORS).size).toBe(8);
  expect(new Set(MARKERS).size).toBe(8);
});
