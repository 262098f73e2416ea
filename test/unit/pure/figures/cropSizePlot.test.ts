import { expect, test } from 'vitest';
import { cropSizeSvg } from '../../../../pure/figures/cropSizePlot.ts';
import { svgPng } from '../../../../core/evaluate/svgPng.ts';

const line = (name: string, top1: readonly number[]) => ({
  name,
  points: top1.map((share, i) => ({
    crop: 160 + 32 * i,
    top1: share,
    low: share - 0.02,
    high: share + 0.02,
    top5: null,
  })),
});

test('a line a network with an interval a point, every name escaped, drawn by the picture library as well', async () => {
  const svg = cropSizeSvg([line('vgg16 <b>&"', [0.68, 0.71, 0.72]), line('resnet50', [0.7, 0.74, 0.76])], {
    title: 'Accuracy against crop size',
    subtitle: 'set, val, 500 images',
  });
  expect(svg).toContain('vgg16 &lt;b&gt;&amp;&quot;');
  expect(svg.match(/<path d="M[\d.]+ [\d.]+V[\d.]+" stroke="#[\dA-F]{6}" stroke-width="1\.2"/g)).toHaveLength(6);
  for (const crop of [160, 192, 224]) expect(svg).toContain(`>${crop}<`);
  // Higher accuracy is higher up, larger crops lie further right.
  const corners = [
    ...(/<path d="(M[\d.]+ [\d.]+(?:L[\d.]+ [\d.]+){2})" fill="none"/.exec(svg)?.[1] ?? '').matchAll(
      /([\d.]+) ([\d.]+)/g,
    ),
  ].map(([, x, y]) => [Number(x), Number(y)] as const);
  expect(corners.map(([x]) => x)).toEqual(corners.map(([x]) => x).toSorted((a, b) => a - b));
  expect(corners.map(([, y]) => y)).toEqual(corners.map(([, y]) => y).toSorted((a, b) => b - a));
  expect((await svgPng(svg, { scale: 1 })).subarray(1, 4).toString()).toBe('PNG');
});

test('one crop only still draws; nothing at all is said', () => {
  expect(cropSizeSvg([line('one', [0.5])], { title: 't', subtitle: '' })).toContain('>160<');
  expect(() => cropSizeSvg([], { title: 't', subtitle: '' })).toThrow(
    expect.objectContaining({ code: 'input.invalid' }),
  );
});
