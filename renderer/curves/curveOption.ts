/** Loss above accuracy above learning rate, one x for all three. */
import type { ChartOption } from '../charts.ts';
import type { Column, RunCurves } from './runCurves.ts';
import { compactNumber } from '../format/numbers.ts';
import { smooth } from './smooth.ts';
import { pointsOf } from './thin.ts';

export interface DrawnRun { readonly id: string; readonly name: string; readonly color: string; readonly dash: 'solid' | 'dashed'; readonly curves: RunCurves | null; readonly bestEpoch: number | null }
export interface CurveSettings { readonly axis: 'epoch' | 'step'; readonly smoothing: number; readonly logLoss: boolean; readonly logLr: boolean; readonly train: boolean; readonly zoom: boolean }
export interface ChartColors { readonly text: string; readonly muted: string; readonly line: string; readonly surface: string }

export const PANELS = [
  { grid: 0, title: 'Loss', names: [['train/batchLoss', 'batch'], ['train/loss', 'train'], ['val/loss', 'validation']] },
  { grid: 1, title: 'Accuracy, %', names: [['train/top1', 'train'], ['val/top1', 'validation']] },
  { grid: 2, title: 'Learning rate', names: [['lr', 'lr']] },
] as const;

/** What several runs are compared by; the loss of single batches is for looking at one run. */
export const COMPARED: readonly string[] = PANELS.flatMap(({ names }) => names.flatMap(([name, kind]) => (kind === 'batch' ? [] : [name])));
export const DRAWN: readonly string[] = PANELS.flatMap(({ names }) => names.map(([name]) => name));

const STAR = 'path://M12 2l3 6.6 7.2.8-5.4 4.8 1.5 7.1L12 17.7 5.7 21.3l1.5-7.1L1.8 9.4 9 8.6z';
const LEFT = 52;
/** Up to as many points are marked one by one. */
const FEW_POINTS = 40;
/** More points than any screen has columns; many curves share them. */
const MOST_POINTS = 6000;
const LEAST_POINTS = 240;

export function curveOption(runs: readonly DrawnRun[], settings: CurveSettings, colors: ChartColors, height: number): ChartOption {
  const heights = panelHeights(height, settings.zoom);
  const axisText = { color: colors.muted, fontSize: 11 };
  return {
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: colors.muted, type: 'solid', width: 1 }, label: { show: false } },
    grid: heights.map(({ top, size }) => ({ left: LEFT, right: 16, top, height: size })),
    xAxis: heights.map((_, i) => ({
      type: 'value', gridIndex: i, min: settings.axis === 'epoch' ? 0 : 'dataMin', max: 'dataMax', axisPointer: { show: true }, axisLine: { onZero: false, lineStyle: { color: colors.line } }, axisTick: { show: false },
      axisLabel: { ...axisText, show: i === 2, showMaxLabel: false, formatter: (value: number) => compactNumber(value) }, splitLine: { show: false },
    })),
    yAxis: PANELS.map(({ title }, i) => {
      const log = i === 0 ? settings.logLoss : i === 2 ? settings.logLr : false;
      return {
        type: log ? 'log' : 'value', gridIndex: i, scale: i !== 2, name: title, nameLocation: 'end', nameGap: 8, nameTextStyle: { color: colors.text, fontSize: 12, fontWeight: 'bold', align: 'left' },
        splitNumber: i === 2 ? 1 : 4, axisPointer: { show: false }, axisLabel: { ...axisText, formatter: (value: number) => (i === 1 ? String(Math.round(value * 100)) : compactNumber(value)) }, splitLine: { lineStyle: { color: colors.line, opacity: 0.6 } },
      };
    }),
    dataZoom: [
      { type: 'inside', xAxisIndex: [0, 1, 2], filterMode: 'none', zoomOnMouseWheel: true, moveOnMouseMove: true },
      ...(settings.zoom ? [{ type: 'slider' as const, xAxisIndex: [0, 1, 2], bottom: 4, height: 14, left: LEFT, right: 16, filterMode: 'none' as const, showDetail: false, brushSelect: true, showDataShadow: false, borderColor: colors.line, fillerColor: 'rgba(128,140,150,0.25)', backgroundColor: 'transparent' }] : []),
    ],
    series: PANELS.flatMap((panel) => panel.names.flatMap(([name, kind]) => together(runs.flatMap((run) => seriesOf(run, name, kind, panel.grid, settings, runs.length, colors)), runs.length))),
  };
}

export function xOf(column: Column, axis: CurveSettings['axis']): readonly number[] {
  return axis === 'epoch' ? column.epochs : column.steps;
}

interface Series {
  readonly type: 'line'; readonly name: string; readonly xAxisIndex: number; readonly yAxisIndex: number; readonly showSymbol: boolean; readonly symbol: string; readonly symbolSize: number; readonly sampling?: 'minmax';
  readonly connectNulls: false; readonly silent: true; readonly data: [number | null, number | null][];
  readonly itemStyle: { readonly color: string }; readonly lineStyle: { readonly color: string; readonly width: number; readonly opacity: number; readonly type: 'solid' | 'dashed' | 'dotted' };
  readonly markPoint?: BestMark;
}
interface BestMark {
  readonly silent: true; readonly symbol: string; readonly symbolSize: number; readonly itemStyle: { readonly color: string; readonly borderColor: string; readonly borderWidth: number }; readonly label: { readonly show: false };
  readonly data: { name: string; coord: [number, number] }[];
}

/** Above as many runs, curves of the same looks become one series with gaps between them: a chart takes milliseconds for every series, however short. */
const MANY_RUNS = 12;

function together(all: readonly Series[], runs: number): Series[] {
  if (runs <= MANY_RUNS) return [...all];
  const looks = new Map<string, Series[]>();
  for (const one of all) {
    const look = JSON.stringify(one.lineStyle);
    const known = looks.get(look);
    if (known) known.push(one);
    else looks.set(look, [one]);
  }
  return [...looks].flatMap(([look, members]) => {
    const [first] = members;
    if (!first) return [];
    // hundreds of stars would hide the curves they are on
    const { sampling, markPoint, ...shared } = first;
    return [{ ...shared, name: look, showSymbol: false, data: members.flatMap((one) => [...one.data, [null, null] as [null, null]]) }];
  });
}

function seriesOf(run: DrawnRun, name: string, kind: string, grid: number, settings: CurveSettings, among: number, colors: ChartColors): Series[] {
  const column = run.curves?.columns.get(name);
  if (!column || (kind !== 'validation' && kind !== 'lr' && !settings.train) || (kind === 'batch' && among > 1)) return [];
  const xs = xOf(column, settings.axis);
  const faint = kind === 'train' || kind === 'batch';
  const ys = faint ? smooth(column.values, settings.smoothing) : column.values;
  const few = column.values.length <= FEW_POINTS && (kind === 'train' || kind === 'validation');
  const line = (values: (number | null)[], opacity: number, width: number): Series => ({
    type: 'line', name: `${run.name}, ${kind}`, xAxisIndex: grid, yAxisIndex: grid, showSymbol: few, symbol: 'circle', symbolSize: 4, sampling: 'minmax', connectNulls: false, silent: true,
    data: pointsOf(xs, settings.logLoss && grid === 0 ? values.map((value) => (value !== null && value > 0 ? value : null)) : values, Math.max(LEAST_POINTS, Math.ceil(MOST_POINTS / among))),
    itemStyle: { color: run.color }, lineStyle: { color: run.color, width, opacity, type: kind === 'batch' ? 'solid' : faint ? (among > 1 ? 'dotted' : 'dashed') : run.dash },
    ...(kind === 'validation' && bestMark(run, column, xs, colors)),
  });
  if (kind === 'batch') return [line(ys, 0.4, 1)];
  return faint && settings.smoothing > 0 ? [line(column.values, 0.25, 1), line(ys, 0.9, 1.5)] : [line(ys, faint ? 0.75 : 1, faint ? 1.2 : 1.8)];
}

function bestMark(run: DrawnRun, column: Column, xs: readonly number[], colors: ChartColors): { markPoint?: BestMark } {
  const at = run.bestEpoch === null ? -1 : column.epochs.findIndex((epoch) => Math.abs(epoch - (run.bestEpoch ?? 0)) < 1e-6);
  const value = column.values[at];
  if (at < 0 || value === null || value === undefined) return {};
  return { markPoint: { silent: true, symbol: STAR, symbolSize: 13, itemStyle: { color: run.color, borderColor: colors.surface, borderWidth: 1 }, label: { show: false }, data: [{ name: run.name, coord: [xs[at] ?? 0, value] }] } };
}

function panelHeights(height: number, zoom: boolean): { top: number; size: number }[] {
  const gap = 30;
  const bottom = zoom ? 44 : 24;
  const free = Math.max(120, height - 3 * gap - bottom + 8);
  const sizes = [free * 0.43, free * 0.41, free * 0.16].map(Math.floor);
  let top = gap - 8;
  return sizes.map((size) => {
    const own = { top, size };
    top += size + gap;
    return own;
  });
}
