/** What stands on a chart of curves: lines, bands, markers and stars. */
import { memberStyle } from '../palette.ts';
import { pickPoints } from '../pickPoints.ts';
import type { CurveMetric, CurvePoint, CurveRun } from './curve.ts';
import { round } from './figureSvg.ts';
import { markerSvg, starSvg } from './markers.ts';
import type { FigureTheme } from './theme.ts';

interface Scale {
  readonly x: (epoch: number) => number;
  readonly y: (value: number) => number;
}

/** Points a line at most; its extremes are among them. */
const POINTS_A_LINE = 4000;
/** Markers a line at most: more would hide it. */
const MARKERS_A_LINE = 14;

export function isFiniteNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function lineSvg(
  all: readonly CurvePoint[],
  metric: CurveMetric,
  { x, y }: Scale,
  color: string,
  { dashed, theme }: { dashed: boolean; theme: FigureTheme },
): string {
  const points = thinned(all, metric);
  let path = '';
  let pen = 'M';
  let length = 0;
  let dots = '';
  const endPart = (at: CurvePoint | undefined): void => {
    // A value with a gap on both sides would draw a line of no length.
    if (length === 1 && at)
      dots +=
        `<circle cx="${round(x(at.epoch))}" cy="${round(y(at[metric] as number))}" r="${dashed ? 2.4 : 3}" ` +
        `fill="${dashed ? theme.panel : color}" stroke="${color}"/>`;
    pen = 'M';
    length = 0;
  };
  for (const [place, point] of points.entries()) {
    const value = point[metric];
    if (isFiniteNumber(value) && Number.isFinite(point.epoch)) {
      path += `${pen}${round(x(point.epoch))} ${round(y(value))}`;
      pen = 'L';
      length++;
    } else endPart(points[place - 1]);
  }
  endPart(points.at(-1));
  const style = dashed ? 'stroke-width="1.5" stroke-dasharray="5 4" opacity="0.75"' : 'stroke-width="2.2"';
  const line =
    path === ''
      ? ''
      : `<path d="${path}" fill="none" stroke="${color}" ${style} stroke-linejoin="round" stroke-linecap="butt"/>`;
  return `${line}${dots}`;
}

function thinned(points: readonly CurvePoint[], metric: CurveMetric): readonly CurvePoint[] {
  const finite = (place: number): number | null => {
    const value = points[place]![metric];
    return isFiniteNumber(value) ? value : null;
  };
  return pickPoints(points.length, finite, POINTS_A_LINE)?.map((place) => points[place]!) ?? points;
}

/** Mean ± the run's spread, as one filled shape; nothing where no spread is known. */
export function bandSvg({ points, spread }: CurveRun, metric: CurveMetric, { x, y }: Scale, color: string): string {
  if (!spread) return '';
  const half = new Map(spread.map((point) => [point.epoch, point[metric]]));
  const ends = thinned(points, metric).flatMap((point) => {
    const [middle, by] = [point[metric], half.get(point.epoch)];
    return isFiniteNumber(middle) && isFiniteNumber(by) ? [{ at: x(point.epoch), middle, by }] : [];
  });
  if (ends.length === 0) return '';
  const upper = ends.map(({ at, middle, by }) => `${round(at)} ${round(y(middle + by))}`);
  const lower = ends.map(({ at, middle, by }) => `${round(at)} ${round(y(middle - by))}`).toReversed();
  return `<path d="M${[...upper, ...lower].join('L')}Z" fill="${color}" fill-opacity="0.16" stroke="none"/>`;
}

/** Markers on the validation line, at other epochs for each run, so that lines lying on each other stay apart. */
export function markersSvg(
  points: readonly CurvePoint[],
  metric: CurveMetric,
  { x, y }: Scale,
  { index, runs, theme }: { index: number; runs: number; theme: FigureTheme },
): string {
  const { marker } = memberStyle(index);
  const every = Math.ceil(points.length / MARKERS_A_LINE);
  const first = Math.floor((index * every) / runs);
  return points
    .map((point, place) => {
      const value = point[metric];
      const shown = place % every === first && isFiniteNumber(value) && Number.isFinite(point.epoch);
      return shown ? markerSvg(marker, x(point.epoch), y(value), 3.6, theme.member(index), theme.background) : '';
    })
    .join('');
}

export function bestSvg(
  points: readonly CurvePoint[],
  metric: CurveMetric,
  { x, y }: Scale,
  epoch: number | null,
  color: string,
  theme: FigureTheme,
): string {
  const value = points.find((point) => point.epoch === epoch)?.[metric];
  return epoch !== null && isFiniteNumber(value) ? starSvg(x(epoch), y(value), 8, color, theme.background) : '';
}
