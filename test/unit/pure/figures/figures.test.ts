/** Figures of every kind: what they say, how large they are, and that no name becomes markup. */
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { svgPng } from '../../../../core/evaluate/svgPng.ts';
import { confusionSvg } from '../../../../pure/figures/confusionPlot.ts';
import { curvesSvg } from '../../../../pure/figures/curves.ts';
import { imageWallSvg } from '../../../../pure/figures/imageWall.ts';
import { parallelSvg } from '../../../../pure/figures/parallelPlot.ts';
import { reliabilitySvg } from '../../../../pure/figures/reliabilityPlot.ts';
import { seedCurves } from '../../../../pure/figures/seedCurves.ts';
import { textWidth } from '../../../../pure/figures/svgText.ts';
import { tableSvg } from '../../../../pure/figures/table.ts';
import { DARK_FIGURE, figureVariables, LIGHT_FIGURE, PAGE_FIGURE } from '../../../../pure/figures/theme.ts';

const HOSTILE = '</text><script>alert(1)</script><image href="file:///etc/passwd"/>"\'&bad;\u0000\u202e';
const WORDS = { title: HOSTILE, subtitle: HOSTILE };
const BINS = [
  { low: 0, high: 0.5, count: 4, confidence: 0.4, accuracy: 0.5 },
  { low: 0.5, high: 1, count: 6, confidence: 0.9, accuracy: 0.5 },
];

const DRAWN: Record<string, (theme: typeof LIGHT_FIGURE) => string> = {
  confusion: (theme) => confusionSvg({ classNames: [HOSTILE, 'b'], cells: [0, 1, 3, 1, 1, 5] }, { ...WORDS, theme }),
  reliability: (theme) =>
    reliabilitySvg({ labelled: 10, expectedError: 0.28, bins: BINS }, { title: HOSTILE, subtitle: HOSTILE, theme }),
  parallel: (theme) =>
    parallelSvg(
      [
        { key: 'a', title: HOSTILE, ticks: [{ at: 0, text: HOSTILE }], places: [0, 1], texts: [HOSTILE, 'b'] },
        { key: 'b', title: 'top1, %', ticks: [], places: [0.12, 0], texts: ['50.0', '–'] },
      ],
      [{ name: HOSTILE }, { name: 'b' }],
      { ...WORDS, theme },
    ),
  table: (theme) =>
    tableSvg(
      {
        title: HOSTILE,
        caption: HOSTILE,
        header: [HOSTILE, 'top1'],
        numeric: [false, true],
        rows: [[HOSTILE, '50.0'], ['b']],
      },
      theme,
    ),
  samples: (theme) =>
    imageWallSvg(
      [
        { source: `data:,"><script>x</script>`, decision: HOSTILE, probability: 0.5, truth: 'b' },
        { source: 'data:,', decision: 'b', probability: null, truth: null },
      ],
      { ...WORDS, theme },
    ),
};

describe.each(Object.entries(DRAWN))('%s', (_, draw) => {
  test('is text, escaped, and the image library draws it, light and dark', async () => {
    for (const theme of [LIGHT_FIGURE, DARK_FIGURE]) {
      const svg = draw(theme);
      expect(svg).not.toMatch(/<script|href="file|&bad|\u0000|\u202e|NaN|undefined/);
      expect(svg).toContain(`fill="${theme.background}"`);
      expect(svg).toContain('font-family="DejaVu Sans, Noto Sans, Liberation Sans, Arial, sans-serif"');
      const { format } = await sharp(await svgPng(svg, { background: theme.background })).metadata();
      expect(format).toBe('png');
    }
  });
});

test('a page decides the colours of all figures by names that it defines', () => {
  const defined = new Set([...figureVariables(LIGHT_FIGURE).matchAll(/(--[\w-]+):/g)].map(([, name]) => name));
  const drawn = [
    ...Object.values(DRAWN).map((draw) => draw(PAGE_FIGURE)),
    curvesSvg(longRuns(3), { theme: PAGE_FIGURE }),
  ];
  const used = new Set(drawn.flatMap((svg) => [...svg.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name)));
  expect(used.size).toBeGreaterThan(8);
  expect([...used].filter((name) => !defined.has(name))).toEqual([]);
  expect(drawn.join('').match(/(?:fill|stroke)="#(?!D55E00)/g)).toBeNull();
});

/** `points` epochs whose loss has one spike. */
function longRuns(points: number) {
  return [0, 1].map((run) => ({
    name: `run ${run}`,
    points: Array.from({ length: points }, (_, i) => ({
      epoch: i + 1,
      trainLoss: 1 + Math.sin(i + run),
      valLoss: i === 7 ? 50 : 2 + Math.cos(i),
      trainTop1: 0.5,
      valTop1: i === 9 ? 0.99 : 0.25,
    })),
  }));
}

test('100,000 points stay below 2 MB, and keep their extremes', () => {
  const svg = curvesSvg(longRuns(25_000));
  expect(svg.length).toBeLessThan(2_000_000);
  const ys = [...svg.matchAll(/<path d="(M[^"]+)" fill="none" stroke="#0072B2" stroke-width="2\.2"/g)].map(([, path]) =>
    [...path!.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y)),
  );
  expect(ys).toHaveLength(2);
  const all = curvesSvg(longRuns(1000));
  const lowest = (text: string): number =>
    Math.min(...[...text.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y)));
  // the spike of loss is the highest place of its line, in few points and in many
  expect(Math.min(...ys[0]!)).toBeCloseTo(
    lowest(/<path d="(M[^"]+)" fill="none" stroke="#0072B2" stroke-width="2\.2"/.exec(all)![1]!),
    0,
  );
});

test('a matrix says every cell that was counted, and none that was not', () => {
  const svg = DRAWN['confusion']!(LIGHT_FIGURE);
  expect([...svg.matchAll(/<title>([^<]*): (\d+)<\/title>/g)].map(([, , count]) => count)).toEqual(['3', '5']);
  expect(() => confusionSvg({ classNames: ['a'], cells: [] }, WORDS)).toThrow(
    expect.objectContaining({ code: 'input.invalid' }),
  );
});

test('seeds: mean and standard deviation at each epoch, apart from runs of other settings', () => {
  const run = (seed: number, lr: number, losses: readonly number[]) => ({
    spec: { seed, lr, model: { name: 'vgg11' } },
    best: { 'val/top1': 0.5 },
    curve: { name: 'r', points: losses.map((valLoss, i) => ({ epoch: i + 1, valLoss })) },
  });
  const curves = seedCurves([run(1, 0.1, [2, 1]), run(2, 0.1, [4]), run(3, 0.1, [3]), run(1, 0.2, [7])]);
  expect(curves.map(({ name }) => name)).toEqual(['vgg11, lr 0.1 (3 seeds)', 'vgg11, lr 0.2 (1 seed)']);
  expect(curves[0]!.points.map(({ valLoss }) => valLoss)).toEqual([3, 1]);
  expect(curves[0]!.spread!.map(({ valLoss }) => valLoss)).toEqual([1, null]);
  expect(curvesSvg(curves)).toContain('± 1 sd over seeds');
});

test('a table has a line for each row, and columns that do not meet; a long cell is cut', () => {
  const long = 'a network with a name that nobody would want to read to its very end, and that goes on';
  const svg = tableSvg({
    title: 'Two networks',
    caption: 'Top-1 in %',
    header: ['Network', 'Top-1, %', 'Loss'],
    numeric: [false, true, true],
    rows: [
      ['VGG-11', '35.91', '2.75'],
      [long, '40.01', '2.57'],
    ],
  });
  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*text-anchor="(\w+)"[^>]*>([^<]*)</g)].map(
    ([, x, y, anchor, text = '']) => ({ x: Number(x), y: Number(y), anchor, text }),
  );
  const row = (first: string) => texts.filter(({ y }) => y === texts.find(({ text }) => text.startsWith(first))!.y);
  expect(row('VGG-11').map(({ text }) => text)).toEqual(['VGG-11', '35.91', '2.75']);
  expect(row('VGG-11').map(({ anchor }) => anchor)).toEqual(['start', 'end', 'end']);
  const [name, accuracy, loss] = row('a network');
  expect(name!.text).toMatch(/^a network with .*…$/);
  expect(accuracy!.x - textWidth(accuracy!.text, 12)).toBeGreaterThan(name!.x + textWidth(name!.text, 12));
  expect(loss!.x - textWidth('2.57', 12)).toBeGreaterThan(accuracy!.x);
  expect(Number(/ width="(\d+)"/.exec(svg)![1])).toBeGreaterThan(loss!.x);
});
