/**
 * Loss and accuracy of several runs over their epochs, as one SVG: two charts over a shared axis, validation solid,
 * training dashed.
 */
import sharp from 'sharp';
import { StudioError } from '../../contract/errors.ts';
import { memberStyle } from '../../pure/palette.ts';
import { markerSvg, starSvg } from './markers.ts';
import { escapeXml, fitText, SVG_FONT } from './svgText.ts';
import { epochTicks, niceTicks, type Ticks } from './ticks.ts';

/** Values at the end of an epoch; what is missing, null or not finite leaves a gap. Accuracies 0–1. */
export interface CurvePoint {
  readonly epoch: number;
  readonly trainLoss?: number | null;
  readonly valLoss?: number | null;
  readonly trainTop1?: number | null;
  readonly valTop1?: number | null;
}

export interface CurveRun {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** Epoch whose weights were kept as best; the one with the lowest validation loss when left out. */
  readonly bestEpoch?: number | null;
}

export interface CurveOptions {
  readonly title?: string;
  /** What the numbers are worth: data, split rule, protocol. */
  readonly subtitle?: string;
}

type Metric = Exclude<keyof CurvePoint, 'epoch'>;
interface Panel {
  readonly heading: string;
  readonly train: Metric;
  readonly val: Metric;
  readonly top: number;
  readonly percent: boolean;
}
interface Scale {
  readonly x: (epoch: number) => number;
  readonly y: (value: number) => number;
}

const COLORS = {
  background: '#ffffff',
  panel: '#fbfbfc',
  text: '#1a1c1e',
  muted: '#5f6468',
  grid: '#e4e7ea',
  axis: '#aab0b5',
};
const WIDTH = 1060;
const LEFT = 68;
const PLOT_WIDTH = 700;
const PLOT_HEIGHT = 232;
const RIGHT = LEFT + PLOT_WIDTH;
const LEGEND = RIGHT + 34;
const LEGEND_ROW = 40;
/** Markers a line at most: more would hide it. */
const MARKERS_A_LINE = 14;

/**
 * The chart as SVG text; every name in it is escaped, nothing in it refers to anything outside.
 * @throws {StudioError} `input.invalid`: for no runs
 */
export function curvesSvg(runs: readonly CurveRun[], options: CurveOptions = {}): string {
  if (runs.length === 0)
    throw new StudioError('input.invalid', 'There is no run to draw.', { remedy: 'Choose at least one run.' });
  const head = 24 + (options.title ? 30 : 0) + (options.subtitle ? 22 : 0);
  const panels: Panel[] = [
    { heading: 'Loss (cross-entropy)', train: 'trainLoss', val: 'valLoss', top: head + 26, percent: false },
    {
      heading: 'Accuracy (top-1, %)',
      train: 'trainTop1',
      val: 'valTop1',
      top: head + 26 + PLOT_HEIGHT + 52,
      percent: true,
    },
  ];
  const bottom = panels[1]!.top + PLOT_HEIGHT;
  const legendTop = panels[0]!.top + 96;
  const height = Math.max(bottom + 56, legendTop + runs.length * LEGEND_ROW + 16);
  const epochs = runs.flatMap((run) => run.points.map((point) => point.epoch)).filter(Number.isFinite);
  const [low, high] = epochs.length > 0 ? extent(epochs) : [0, 1];
  const room = high > low ? (high - low) * 0.02 : 0.5;
  const x = (epoch: number): number => LEFT + ((epoch - low + room) / (high - low + 2 * room)) * PLOT_WIDTH;
  const xTicks = epochTicks(low, high, 10);
  const parts = [
    `<rect width="${WIDTH}" height="${height}" fill="${COLORS.background}"/>`,
    heading(options),
    ...panels.map((panel) => panelSvg(panel, runs, x, xTicks)),
    ...xTicks.map((epoch) => text(x(epoch), bottom + 19, String(epoch), 12, COLORS.muted, 'middle')),
    text(LEFT + PLOT_WIDTH / 2, bottom + 42, 'Epoch', 13, COLORS.text, 'middle'),
    key(panels[0]!.top),
    ...runs.map((run, index) => legendEntry(run, index, legendTop + index * LEGEND_ROW)),
  ];
  const label = escapeXml(`Loss and accuracy of ${runs.map((run) => run.name).join(', ')}`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="${SVG_FONT}" role="img" aria-label="${label}">${parts.join('\n')}</svg>\n`
  );
}

/** The SVG as PNG bytes. @param scale pixels a unit; 2 is sharp on dense screens */
export async function curvesPng(svg: string, scale = 2): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: 72 * scale })
    .flatten({ background: COLORS.background })
    .png()
    .toBuffer();
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

function panelSvg(panel: Panel, runs: readonly CurveRun[], x: Scale['x'], xTicks: readonly number[]): string {
  const factor = panel.percent ? 100 : 1;
  const values = runs
    .flatMap((run) => run.points.flatMap((point) => [point[panel.train], point[panel.val]]))
    .filter(isFiniteNumber)
    .map((value) => value * factor);
  const ticks = valueTicks(values);
  const bottom = panel.top + PLOT_HEIGHT;
  const y = (value: number): number => bottom - ((value * factor - ticks.low) / (ticks.high - ticks.low)) * PLOT_HEIGHT;
  const grid = ticks.values.map((value) => {
    const at = y(value / factor);
    return (
      `<path d="M${LEFT} ${round(at)}H${RIGHT}" ` +
      `stroke="${COLORS.grid}"/>${text(LEFT - 10, at + 4, value.toFixed(ticks.digits), 12, COLORS.muted, 'end')}`
    );
  });
  const scale: Scale = { x, y };
  return [
    text(LEFT, panel.top - 10, panel.heading, 13, COLORS.text, 'start', true),
    `<rect x="${LEFT}" y="${panel.top}" width="${PLOT_WIDTH}" height="${PLOT_HEIGHT}" fill="${COLORS.panel}"/>`,
    ...grid,
    ...xTicks.map((epoch) => `<path d="M${round(x(epoch))} ${panel.top}V${bottom + 5}" stroke="${COLORS.grid}"/>`),
    `<path d="M${LEFT} ${panel.top}V${bottom}H${RIGHT}" fill="none" stroke="${COLORS.axis}"/>`,
    values.length === 0
      ? text(LEFT + PLOT_WIDTH / 2, panel.top + PLOT_HEIGHT / 2, 'no values yet', 13, COLORS.muted, 'middle')
      : '',
    ...runs.map((run, index) => lineSvg(run.points, panel.train, scale, memberStyle(index).color, true)),
    ...runs.map((run, index) => lineSvg(run.points, panel.val, scale, memberStyle(index).color, false)),
    ...runs.map((run, index) => markersSvg(run.points, panel.val, scale, index, runs.length)),
    // Stars last, so that no line of another run covers them.
    ...runs.map((run, index) => bestSvg(run, panel.val, scale, memberStyle(index).color)),
  ].join('\n');
}

/** Ticks that begin at 0 when the values come near it anyway. */
function valueTicks(values: readonly number[]): Ticks {
  if (values.length === 0) return niceTicks(0, 1, 5);
  const [low, high] = extent(values);
  return niceTicks(low, high, 5, low >= 0 && high > 0 && low < high * 0.35);
}

function lineSvg(
  points: readonly CurvePoint[],
  metric: Metric,
  { x, y }: Scale,
  color: string,
  dashed: boolean,
): string {
  let path = '';
  let pen = 'M';
  let length = 0;
  let dots = '';
  const endPart = (at: CurvePoint | undefined): void => {
    // A value with a gap on both sides would draw a line of no length.
    if (length === 1 && at)
      dots +=
        `<circle cx="${round(x(at.epoch))}" cy="${round(y(at[metric] as number))}" r="${dashed ? 2.4 : 3}" ` +
        `fill="${dashed ? COLORS.panel : color}" stroke="${color}"/>`;
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
  return `${path === '' ? '' : `<path d="${path}" fill="none" stroke="${color}" ${style} stroke-linejoin="round" stroke-linecap="butt"/>`}${dots}`;
}

/** Markers on the validation line, at other epochs for each run, so that lines lying on each other stay apart. */
function markersSvg(
  points: readonly CurvePoint[],
  metric: Metric,
  { x, y }: Scale,
  index: number,
  runs: number,
): string {
  const { color, marker } = memberStyle(index);
  const every = Math.ceil(points.length / MARKERS_A_LINE);
  const first = Math.floor((index * every) / runs);
  return points
    .map((point, place) => {
      const value = point[metric];
      const shown = place % every === first && isFiniteNumber(value) && Number.isFinite(point.epoch);
      return shown ? markerSvg(marker, x(point.epoch), y(value), 3.6, color) : '';
    })
    .join('');
}

function bestSvg(run: CurveRun, metric: Metric, { x, y }: Scale, color: string): string {
  const epoch = bestEpochOf(run);
  const value = run.points.find((point) => point.epoch === epoch)?.[metric];
  return epoch !== null && isFiniteNumber(value) ? starSvg(x(epoch), y(value), 8, color) : '';
}

function heading({ title, subtitle }: CurveOptions): string {
  return (
    (title ? text(LEFT, 40, fitText(title, (WIDTH - 2 * LEFT) / 1.1, 20), 20, COLORS.text, 'start', true) : '') +
    (subtitle ? text(LEFT, title ? 64 : 36, fitText(subtitle, WIDTH - 2 * LEFT, 13), 13, COLORS.muted) : '')
  );
}

function key(top: number): string {
  const line = (y: number, label: string, style: string): string =>
    `<path d="M${LEGEND} ${y}h30" stroke="${COLORS.muted}" ` +
    `${style}/>${text(LEGEND + 40, y + 4, label, 12, COLORS.muted)}`;
  return (
    line(top + 8, 'validation', 'stroke-width="2.2"') +
    line(top + 32, 'training', 'stroke-width="1.5" stroke-dasharray="5 4"') +
    starSvg(LEGEND + 15, top + 56, 8, COLORS.muted) +
    text(LEGEND + 40, top + 60, 'best epoch', 12, COLORS.muted)
  );
}

function legendEntry(run: CurveRun, index: number, y: number): string {
  const { color, marker } = memberStyle(index);
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
    `<path d="M${LEGEND} ${y + 8}h30" stroke="${color}" ` +
    `stroke-width="2.2"/>${markerSvg(marker, LEGEND + 15, y + 8, 4.2, color)}` +
    text(LEGEND + 40, y + 12, fitText(run.name, (WIDTH - LEGEND - 50) / 1.1, 13), 13, COLORS.text, 'start', true) +
    text(LEGEND + 40, y + 28, facts, 11.5, COLORS.muted)
  );
}

function text(
  x: number,
  y: number,
  content: string,
  size: number,
  color: string,
  anchor = 'start',
  bold = false,
): string {
  return (
    `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${color}" ` +
    `text-anchor="${anchor}"${bold ? ' font-weight="bold"' : ''}>${escapeXml(content)}</text>`
  );
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

function isFiniteNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
