/** Accuracy against the size of the crop, a line a network and protocol, as one SVG with 95 % intervals. */
import { StudioError } from '../../contract/errors.ts';
import { memberStyle } from '../../pure/palette.ts';
import { markerSvg } from './markers.ts';
import { escapeXml, fitText, SVG_FONT } from './svgText.ts';
import { epochTicks, niceTicks } from './ticks.ts';

export interface CropSizeLine {
  readonly name: string;
  /** Side of the crop in pixels, and shares from 0 to 1; `low` and `high` are the ends of the interval. */
  readonly points: readonly {
    readonly crop: number;
    readonly top1: number;
    readonly low: number;
    readonly high: number;
  }[];
}

const COLORS = {
  background: '#ffffff',
  panel: '#fbfbfc',
  text: '#1a1c1e',
  muted: '#5f6468',
  grid: '#e4e7ea',
  axis: '#aab0b5',
};
const PLOT = { left: 68, top: 92, width: 640, height: 340 };
const WIDTH = 1000;
const LEGEND = PLOT.left + PLOT.width + 30;
const LEGEND_ROW = 26;

const at = (value: number): string => value.toFixed(2);
const text = (
  x: number,
  y: number,
  content: string,
  size: number,
  color: string,
  anchor = 'start',
  bold = false,
): string =>
  `<text x="${at(x)}" y="${at(y)}" font-size="${size}" fill="${color}" ` +
  `text-anchor="${anchor}"${bold ? ' font-weight="bold"' : ''}>${escapeXml(content)}</text>`;

/**
 * Names are escaped; nothing in it refers to anything outside.
 * @throws {StudioError} `input.invalid`: where there is nothing to draw
 */
export function cropSizeSvg(
  lines: readonly CropSizeLine[],
  { title, subtitle }: { title: string; subtitle: string },
): string {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0)
    throw new StudioError('input.invalid', 'There are no figures to draw.', {
      remedy: 'Evaluate with --crop-sizes on a labelled split.',
    });
  const crops = points.map(({ crop }) => crop);
  const [first, last] = [Math.min(...crops), Math.max(...crops)];
  const room = last > first ? (last - first) * 0.04 : 16;
  const ticks = niceTicks(
    Math.min(...points.map(({ low }) => 100 * low)),
    Math.max(...points.map(({ high }) => 100 * high)),
    6,
  );
  const x = (crop: number): number => PLOT.left + ((crop - first + room) / (last - first + 2 * room)) * PLOT.width;
  const y = (share: number): number =>
    PLOT.top + PLOT.height - ((100 * share - ticks.low) / (ticks.high - ticks.low)) * PLOT.height;
  const bottom = PLOT.top + PLOT.height;
  const sides = new Set(crops);
  const sizes = sides.size <= 12 ? [...sides] : epochTicks(first, last, 8);
  const height = Math.max(bottom + 60, PLOT.top + lines.length * LEGEND_ROW + 20);
  const parts = [
    `<rect width="${WIDTH}" height="${height}" fill="${COLORS.background}"/>`,
    text(PLOT.left, 40, fitText(title, WIDTH - 2 * PLOT.left, 20), 20, COLORS.text, 'start', true),
    text(PLOT.left, 62, fitText(subtitle, WIDTH - PLOT.left - 20, 13), 13, COLORS.muted),
    `<rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}" fill="${COLORS.panel}"/>`,
    ...ticks.values.map(
      (value) =>
        `<path d="M${PLOT.left} ${at(y(value / 100))}h${PLOT.width}" ` +
        `stroke="${COLORS.grid}"/>${text(PLOT.left - 10, y(value / 100) + 4, value.toFixed(ticks.digits), 12, COLORS.muted, 'end')}`,
    ),
    ...sizes.map(
      (crop) =>
        `<path d="M${at(x(crop))} ${PLOT.top}V${bottom + 5}" ` +
        `stroke="${COLORS.grid}"/>${text(x(crop), bottom + 19, String(crop), 12, COLORS.muted, 'middle')}`,
    ),
    `<path d="M${PLOT.left} ${PLOT.top}V${bottom}h${PLOT.width}" fill="none" stroke="${COLORS.axis}"/>`,
    text(PLOT.left, PLOT.top - 10, 'Top-1 accuracy, % (bars: 95 %)', 13, COLORS.text, 'start', true),
    text(PLOT.left + PLOT.width / 2, bottom + 42, 'Side of the crop, pixels', 13, COLORS.text, 'middle'),
    ...lines.map((line, i) => lineSvg(line, i, x, y)),
    ...lines.map(({ name }, i) => {
      const { color, marker } = memberStyle(i);
      const row = PLOT.top + 10 + i * LEGEND_ROW;
      return (
        `<path d="M${LEGEND} ${row}h26" stroke="${color}" ` +
        `stroke-width="2"/>${markerSvg(marker, LEGEND + 13, row, 4.2, color)}${text(LEGEND + 36, row + 4, fitText(name, WIDTH - LEGEND - 44, 12), 12, COLORS.text)}`
      );
    }),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="${SVG_FONT}" role="img" aria-label="${escapeXml(title)}">${parts.join('\n')}</svg>\n`
  );
}

function lineSvg(
  { points }: CropSizeLine,
  index: number,
  x: (crop: number) => number,
  y: (share: number) => number,
): string {
  const { color, marker } = memberStyle(index);
  const sorted = points.toSorted((a, b) => a.crop - b.crop);
  // Lines that share crops stand a little apart, so that no interval covers another.
  const shift = ((index % 5) - 2) * 1.5;
  const bars = sorted.map(
    ({ crop, low, high }) =>
      `<path d="M${at(x(crop) + shift)} ${at(y(low))}V${at(y(high))}" stroke="${color}" stroke-width="1.2" ` +
      'opacity="0.7"/>',
  );
  const path = sorted
    .map(({ crop, top1 }, i) => `${i === 0 ? 'M' : 'L'}${at(x(crop) + shift)} ${at(y(top1))}`)
    .join('');
  return (
    `${bars.join('')}<path d="${path}" fill="none" stroke="${color}" stroke-width="2.2" ` +
    `stroke-linejoin="round"/>${sorted.map(({ crop, top1 }) => markerSvg(marker, x(crop) + shift, y(top1), 4.4, color)).join('')}`
  );
}
