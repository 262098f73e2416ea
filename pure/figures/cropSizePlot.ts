/** Accuracy against the size of the crop, a line a network and protocol, as one SVG with 95 % intervals. */
import { StudioError } from '../../contract/errors.ts';
import { memberStyle } from '../palette.ts';
import { figureSvg, round, textSvg } from './figureSvg.ts';
import { markerSvg } from './markers.ts';
import { fitText } from './svgText.ts';
import { type FigureTheme, LIGHT_FIGURE } from './theme.ts';
import { epochTicks, niceTicks } from './ticks.ts';

interface Share {
  /** From 0 to 1, as the ends of its 95 % interval are. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

export interface CropSizeLine {
  readonly name: string;
  /** Side of the crop in pixels, and shares from 0 to 1; `low` and `high` are the ends of the interval. */
  readonly points: readonly {
    readonly crop: number;
    readonly top1: number;
    readonly low: number;
    readonly high: number;
    /** Null where five classes or fewer could not miss it. */
    readonly top5: Share | null;
  }[];
}

const PLOT = { left: 68, top: 92, width: 640, height: 340 };
const WIDTH = 1000;
const LEGEND = PLOT.left + PLOT.width + 30;
const LEGEND_ROW = 26;

/**
 * Top-1 solid and, where it is known, top-5 dashed. Names are escaped; nothing in it refers to anything outside.
 * @throws {StudioError} `input.invalid`: where there is nothing to draw
 */
export function cropSizeSvg(
  lines: readonly CropSizeLine[],
  { title, subtitle, theme = LIGHT_FIGURE }: { title: string; subtitle: string; theme?: FigureTheme },
): string {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0)
    throw new StudioError('input.invalid', 'There are no figures to draw.', {
      remedy: 'Evaluate with --crop-sizes on a labelled split.',
    });
  const crops = points.map(({ crop }) => crop);
  const [first, last] = [Math.min(...crops), Math.max(...crops)];
  const room = last > first ? (last - first) * 0.04 : 16;
  const shares = points.flatMap(({ top1, low, high, top5 }): Share[] => [
    { share: top1, low, high },
    ...(top5 ? [top5] : []),
  ]);
  const ticks = niceTicks(
    Math.min(...shares.map(({ low }) => 100 * low)),
    Math.max(...shares.map(({ high }) => 100 * high)),
    6,
  );
  const x = (crop: number): number => PLOT.left + ((crop - first + room) / (last - first + 2 * room)) * PLOT.width;
  const y = (share: number): number =>
    PLOT.top + PLOT.height - ((100 * share - ticks.low) / (ticks.high - ticks.low)) * PLOT.height;
  const bottom = PLOT.top + PLOT.height;
  const sides = new Set(crops);
  const sizes = sides.size <= 12 ? [...sides] : epochTicks(first, last, 8);
  const height = Math.max(bottom + 60, PLOT.top + lines.length * LEGEND_ROW + 20);
  const heading = points.some(({ top5 }) => top5)
    ? 'Accuracy, % (solid: top-1, dashed: top-5, bars: 95 %)'
    : 'Top-1 accuracy, % (bars: 95 %)';
  return figureSvg({ width: WIDTH, height, label: title, theme }, [
    textSvg(PLOT.left, 40, fitText(title, WIDTH - 2 * PLOT.left, 20), 20, theme.text, 'start', true),
    textSvg(PLOT.left, 62, fitText(subtitle, WIDTH - PLOT.left - 20, 13), 13, theme.muted),
    `<rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}" fill="${theme.panel}"/>`,
    ...ticks.values.map(
      (value) =>
        `<path d="M${PLOT.left} ${round(y(value / 100))}h${PLOT.width}" stroke="${theme.grid}"/>` +
        textSvg(PLOT.left - 10, y(value / 100) + 4, value.toFixed(ticks.digits), 12, theme.muted, 'end'),
    ),
    ...sizes.map(
      (crop) =>
        `<path d="M${round(x(crop))} ${PLOT.top}V${bottom + 5}" stroke="${theme.grid}"/>` +
        textSvg(x(crop), bottom + 19, String(crop), 12, theme.muted, 'middle'),
    ),
    `<path d="M${PLOT.left} ${PLOT.top}V${bottom}h${PLOT.width}" fill="none" stroke="${theme.axis}"/>`,
    textSvg(PLOT.left, PLOT.top - 10, heading, 13, theme.text, 'start', true),
    textSvg(PLOT.left + PLOT.width / 2, bottom + 42, 'Side of the crop, pixels', 13, theme.text, 'middle'),
    ...lines.map((line, index) => networkSvg(line, index, { x, y, theme })),
    ...lines.map(({ name }, index) => {
      const row = PLOT.top + 10 + index * LEGEND_ROW;
      return (
        `<path d="M${LEGEND} ${row}h26" stroke="${theme.member(index)}" stroke-width="2"/>` +
        markerSvg(memberStyle(index).marker, LEGEND + 13, row, 4.2, theme.member(index), theme.background) +
        textSvg(LEGEND + 36, row + 4, fitText(name, WIDTH - LEGEND - 44, 12), 12, theme.text)
      );
    }),
  ]);
}

interface Place {
  readonly x: (crop: number) => number;
  readonly y: (share: number) => number;
  readonly theme: FigureTheme;
}

function networkSvg({ points }: CropSizeLine, index: number, place: Place): string {
  const sorted = points.toSorted((a, b) => a.crop - b.crop);
  const top5 = sorted.flatMap(({ crop, top5: share }) => (share ? [{ crop, ...share }] : []));
  return (
    lineSvg(top5, index, place, true) +
    lineSvg(
      sorted.map(({ crop, top1, low, high }) => ({ crop, share: top1, low, high })),
      index,
      place,
      false,
    )
  );
}

function lineSvg(
  points: readonly (Share & { crop: number })[],
  index: number,
  { x, y, theme }: Place,
  dashed: boolean,
): string {
  if (points.length === 0) return '';
  const color = theme.member(index);
  // Lines that share crops stand a little apart, so that no interval covers another.
  const shift = ((index % 5) - 2) * 1.5;
  const bars = points.map(
    ({ crop, low, high }) =>
      `<path d="M${round(x(crop) + shift)} ${round(y(low))}V${round(y(high))}" stroke="${color}" stroke-width="1.2" ` +
      'opacity="0.7"/>',
  );
  const path = points
    .map(({ crop, share }, i) => `${i === 0 ? 'M' : 'L'}${round(x(crop) + shift)} ${round(y(share))}`)
    .join('');
  const markers = points.map(({ crop, share }) =>
    markerSvg(memberStyle(index).marker, x(crop) + shift, y(share), 4.4, color, theme.background),
  );
  return (
    `${bars.join('')}<path d="${path}" fill="none" stroke="${color}" stroke-width="2.2" ` +
    `${dashed ? 'stroke-dasharray="6 4" ' : ''}stroke-linejoin="round"/>${markers.join('')}`
  );
}
