/** Settings and results of runs as parallel axes, as one SVG: a line and a sign for each run. */
import { memberStyle } from '../palette.ts';
import { figureSvg, round, textSvg } from './figureSvg.ts';
import { markerSvg } from './markers.ts';
import type { ParallelAxis } from './parallelAxes.ts';
import { fitText } from './svgText.ts';
import { type FigureTheme, LIGHT_FIGURE } from './theme.ts';

const LEFT = 68;
const TOP = 132;
const PLOT_HEIGHT = 360;
/** From an axis to the next, or to the list of runs. */
const STEP = 136;
const LIST_WIDTH = 250;
const LIST_ROW = 22;
const MARKER = 4;

/** @param runs one for each place of the axes */
export function parallelSvg(
  axes: readonly ParallelAxis[],
  runs: readonly { readonly name: string }[],
  { title, subtitle, theme = LIGHT_FIGURE }: { title: string; subtitle: string; theme?: FigureTheme },
): string {
  const list = LEFT + axes.length * STEP;
  const width = list + LIST_WIDTH;
  const height = Math.max(TOP + PLOT_HEIGHT, TOP + runs.length * LIST_ROW) + 32;
  const x = (axis: number): number => LEFT + axis * STEP;
  const y = (place: number): number => TOP + (1 - place) * PLOT_HEIGHT;
  return figureSvg({ width, height, label: `${title} of ${runs.map(({ name }) => name).join(', ')}`, theme }, [
    textSvg(LEFT, 40, fitText(title, width - LEFT - 20, 20), 20, theme.text, 'start', true),
    textSvg(LEFT, 62, fitText(subtitle, width - LEFT - 20, 13), 13, theme.muted),
    ...axes.map(
      (axis, at) =>
        textSvg(x(at), TOP - 20, fitText(axis.title, STEP - 12, 13), 13, theme.text, 'middle', true) +
        `<path d="M${x(at)} ${TOP}V${TOP + PLOT_HEIGHT}" stroke="${theme.axis}"/>`,
    ),
    ...runs.map((_, run) => lineSvg(axes, run, { x, y }, theme)),
    ...axes.flatMap((axis, at) =>
      axis.ticks.map(({ at: place, text }) =>
        textSvg(x(at) + 9, y(place) - 6, fitText(text, STEP - 24, 12), 12, theme.muted),
      ),
    ),
    ...runs.map(({ name }, run) => {
      const row = TOP + 8 + run * LIST_ROW;
      const { marker } = memberStyle(run);
      return (
        `<path d="M${list} ${row}h24" stroke="${theme.member(run)}" stroke-width="2"/>` +
        markerSvg(marker, list + 12, row, MARKER, theme.member(run), theme.background) +
        textSvg(list + 34, row + 4, fitText(name, LIST_WIDTH - 50, 13), 13, theme.text)
      );
    }),
  ]);
}

function lineSvg(
  axes: readonly ParallelAxis[],
  run: number,
  { x, y }: { readonly x: (axis: number) => number; readonly y: (place: number) => number },
  theme: FigureTheme,
): string {
  const color = theme.member(run);
  const points = axes.map(({ places }, axis) => [round(x(axis)), round(y(places[run] ?? 0))] as const);
  const { marker } = memberStyle(run);
  return (
    `<polyline points="${points.map((point) => point.join()).join(' ')}" fill="none" stroke="${color}" ` +
    `stroke-width="2" stroke-linejoin="round" stroke-opacity="0.9"/>` +
    points.map(([left, top]) => markerSvg(marker, left, top, MARKER, color, theme.background)).join('')
  );
}
