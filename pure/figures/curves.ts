/**
 * Loss and accuracy of several runs over their epochs, as one SVG: two charts over a shared axis, validation solid,
 * training dashed.
 */
import { StudioError } from '../../contract/errors.ts';
import { memberStyle } from '../palette.ts';
import type { CurveMetric, CurveRun } from './curve.ts';
import { bandSvg, bestSvg, isFiniteNumber, lineSvg, markersSvg } from './curveLines.ts';
import { figureSvg, round, textSvg } from './figureSvg.ts';
import { markerSvg, starSvg } from './markers.ts';
import { fitText } from './svgText.ts';
import { type FigureTheme, LIGHT_FIGURE } from './theme.ts';
import { epochTicks, niceTicks, type Ticks } from './ticks.ts';

export interface CurveOptions {
  readonly title?: string;
  /** What the numbers are worth: data, split rule, protocol. */
  readonly subtitle?: string;
  readonly theme?: FigureTheme;
}

interface Panel {
  readonly heading: string;
  readonly train: CurveMetric;
  readonly val: CurveMetric;
  readonly top: number;
  readonly percent: boolean;
}

const WIDTH = 1060;
const LEFT = 68;
const PLOT_WIDTH = 700;
const PLOT_HEIGHT = 232;
const RIGHT = LEFT + PLOT_WIDTH;
const LEGEND = RIGHT + 34;
const LEGEND_ROW = 40;

/**
 * The chart as SVG text; every name in it is escaped, nothing in it refers to anything outside.
 * @throws {StudioError} `input.invalid`: for no runs
 */
export function curvesSvg(runs: readonly CurveRun[], options: CurveOptions = {}): string {
  if (runs.length === 0)
    throw new StudioError('input.invalid', 'There is no run to draw.', { remedy: 'Choose at least one run.' });
  const { theme = LIGHT_FIGURE } = options;
  const head = 24 + (options.title ? 30 : 0) + (options.subtitle ? 22 : 0);
  const second = head + 26 + PLOT_HEIGHT + 52;
  const panels: Panel[] = [
    { heading: 'Loss (cross-entropy)', train: 'trainLoss', val: 'valLoss', top: head + 26, percent: false },
    { heading: 'Accuracy (top-1, %)', train: 'trainTop1', val: 'valTop1', top: second, percent: true },
  ];
  const bottom = second + PLOT_HEIGHT;
  const banded = runs.some(({ spread }) => spread !== undefined);
  const changed = runs.some(({ changes = [] }) => changes.length > 0);
  const legendTop = panels[0]!.top + 96 + (banded ? 24 : 0) + (changed ? 24 : 0);
  const height = Math.max(bottom + 56, legendTop + runs.length * LEGEND_ROW + 16);
  const epochs = runs.flatMap((run) => run.points.map((point) => point.epoch)).filter(Number.isFinite);
  const [low, high] = epochs.length > 0 ? extent(epochs) : [0, 1];
  const room = high > low ? (high - low) * 0.02 : 0.5;
  const x = (epoch: number): number => LEFT + ((epoch - low + room) / (high - low + 2 * room)) * PLOT_WIDTH;
  const xTicks = epochTicks(low, high, 10);
  return figureSvg(
    { width: WIDTH, height, label: `Loss and accuracy of ${runs.map((run) => run.name).join(', ')}`, theme },
    [
      heading(options, theme),
      ...panels.map((panel) => panelSvg(panel, runs, x, xTicks, theme)),
      ...xTicks.map((epoch) => textSvg(x(epoch), bottom + 19, String(epoch), 12, theme.muted, 'middle')),
      textSvg(LEFT + PLOT_WIDTH / 2, bottom + 42, 'Epoch', 13, theme.text, 'middle'),
      key(panels[0]!.top, theme, { banded, changed }),
      ...runs.map((run, index) => legendEntry(run, index, legendTop + index * LEGEND_ROW, theme)),
    ],
  );
}

/**
 * The epoch to be starred: the run's own, else the one with the lowest validation loss, the first of equals; null
 * without any.
 */
export function bestEpochOf(run: CurveRun): number | null {
  if (run.bestEpoch !== undefined) return run.bestEpoch;
  let best: { epoch: number; loss: number } | null = null;
  for (const point of run.points) {
    if (isFiniteNumber(point.valLoss) && (best === null || point.valLoss < best.loss))
      best = { epoch: point.epoch, loss: point.valLoss };
  }
  return best?.epoch ?? null;
}

function panelSvg(
  panel: Panel,
  runs: readonly CurveRun[],
  x: (epoch: number) => number,
  xTicks: readonly number[],
  theme: FigureTheme,
): string {
  const factor = panel.percent ? 100 : 1;
  const values = runs
    .flatMap((run) => [
      ...run.points.flatMap((point) => [point[panel.train], point[panel.val]]),
      ...bandEnds(run, panel.val),
    ])
    .filter(isFiniteNumber)
    .map((value) => value * factor);
  const ticks = valueTicks(values);
  const bottom = panel.top + PLOT_HEIGHT;
  const y = (value: number): number => bottom - ((value * factor - ticks.low) / (ticks.high - ticks.low)) * PLOT_HEIGHT;
  const grid = ticks.values.map((value) => {
    const at = y(value / factor);
    return (
      `<path d="M${LEFT} ${round(at)}H${RIGHT}" stroke="${theme.grid}"/>` +
      textSvg(LEFT - 10, at + 4, value.toFixed(ticks.digits), 12, theme.muted, 'end')
    );
  });
  const scale = { x, y };
  const color = (index: number): string => theme.member(index);
  return [
    textSvg(LEFT, panel.top - 10, panel.heading, 13, theme.text, 'start', true),
    `<rect x="${LEFT}" y="${panel.top}" width="${PLOT_WIDTH}" height="${PLOT_HEIGHT}" fill="${theme.panel}"/>`,
    ...grid,
    ...xTicks.map((epoch) => `<path d="M${round(x(epoch))} ${panel.top}V${bottom + 5}" stroke="${theme.grid}"/>`),
    ...runs.flatMap(({ changes = [] }, index) =>
      changes.map(
        ({ epoch }) =>
          `<path d="M${round(x(epoch))} ${panel.top}V${bottom}" stroke="${color(index)}" stroke-dasharray="2 3"/>`,
      ),
    ),
    `<path d="M${LEFT} ${panel.top}V${bottom}H${RIGHT}" fill="none" stroke="${theme.axis}"/>`,
    values.length === 0
      ? textSvg(LEFT + PLOT_WIDTH / 2, panel.top + PLOT_HEIGHT / 2, 'no values yet', 13, theme.muted, 'middle')
      : '',
    ...runs.map((run, index) => bandSvg(run, panel.val, scale, color(index))),
    ...runs.map((run, index) => lineSvg(run.points, panel.train, scale, color(index), { dashed: true, theme })),
    ...runs.map((run, index) => lineSvg(run.points, panel.val, scale, color(index), { dashed: false, theme })),
    ...runs.map((run, index) => markersSvg(run.points, panel.val, scale, { index, runs: runs.length, theme })),
    // Stars last, so that no line of another run covers them.
    ...runs.map((run, index) => bestSvg(run.points, panel.val, scale, bestEpochOf(run), color(index), theme)),
  ].join('\n');
}

function bandEnds({ points, spread = [] }: CurveRun, metric: CurveMetric): number[] {
  const half = new Map(spread.map((point) => [point.epoch, point[metric]]));
  return points.flatMap((point) => {
    const [middle, by] = [point[metric], half.get(point.epoch)];
    return isFiniteNumber(middle) && isFiniteNumber(by) ? [middle - by, middle + by] : [];
  });
}

/** Ticks that begin at 0 when the values come near it anyway. */
function valueTicks(values: readonly number[]): Ticks {
  if (values.length === 0) return niceTicks(0, 1, 5);
  const [low, high] = extent(values);
  return niceTicks(low, high, 5, low >= 0 && high > 0 && low < high * 0.35);
}

function heading({ title, subtitle }: CurveOptions, theme: FigureTheme): string {
  return (
    (title ? textSvg(LEFT, 40, fitText(title, (WIDTH - 2 * LEFT) / 1.1, 20), 20, theme.text, 'start', true) : '') +
    (subtitle ? textSvg(LEFT, title ? 64 : 36, fitText(subtitle, WIDTH - 2 * LEFT, 13), 13, theme.muted) : '')
  );
}

function key(top: number, theme: FigureTheme, { banded, changed }: { banded: boolean; changed: boolean }): string {
  const line = (y: number, label: string, style: string): string =>
    `<path d="M${LEGEND} ${y}h30" stroke="${theme.muted}" ${style}/>` +
    textSvg(LEGEND + 40, y + 4, label, 12, theme.muted);
  const bandAt = top + 80;
  const changeAt = top + 80 + (banded ? 24 : 0);
  return (
    line(top + 8, 'validation', 'stroke-width="2.2"') +
    line(top + 32, 'training', 'stroke-width="1.5" stroke-dasharray="5 4"') +
    starSvg(LEGEND + 15, top + 56, 8, theme.muted, theme.background) +
    textSvg(LEGEND + 40, top + 60, 'best epoch', 12, theme.muted) +
    (banded ? line(bandAt, '± 1 sd over seeds', 'stroke-width="9" stroke-opacity="0.3"') : '') +
    (changed ? line(changeAt, 'changed or branched', 'stroke-dasharray="2 3"') : '')
  );
}

function legendEntry(run: CurveRun, index: number, y: number, theme: FigureTheme): string {
  const color = theme.member(index);
  const epoch = bestEpochOf(run);
  const best = run.points.find((point) => point.epoch === epoch);
  const facts = [
    isFiniteNumber(best?.valTop1) ? `${(best.valTop1 * 100).toFixed(1)} %` : null,
    isFiniteNumber(best?.valLoss) ? `loss ${best.valLoss.toFixed(2)}` : null,
    epoch !== null && best ? `epoch ${epoch}` : null,
  ]
    .filter((fact) => fact !== null)
    .join(' · ');
  return (
    `<path d="M${LEGEND} ${y + 8}h30" stroke="${color}" stroke-width="2.2"/>` +
    markerSvg(memberStyle(index).marker, LEGEND + 15, y + 8, 4.2, color, theme.background) +
    textSvg(LEGEND + 40, y + 12, fitText(run.name, (WIDTH - LEGEND - 50) / 1.1, 13), 13, theme.text, 'start', true) +
    textSvg(LEGEND + 40, y + 28, facts, 11.5, theme.muted)
  );
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}
