/** Settings and results of runs as parallel axes: where each run crosses them, from 0 (bottom) to 1 (top). */
import type { RunRow } from '../../contract/api/runs/runTypes.ts';
import { compactNumber } from '../compactNumber.ts';
import { type Setting, settingsDiff } from '../settingsDiff.ts';

/** How numbers are written: in the window as its locale writes them, in a file alike everywhere. */
export interface NumberFormat {
  /** A share of one as per cent, without the sign. */
  percent(share: number): string;
  fixed(value: number, digits: number): string;
}

const PLAIN: NumberFormat = {
  percent: (share) => (100 * share).toFixed(1),
  fixed: (value, digits) => value.toFixed(digits),
};

export interface ParallelAxis {
  readonly key: string;
  readonly title: string;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** One a run, in their order. */
  readonly places: readonly number[];
  readonly texts: readonly string[];
}

/** Of one thing the value of every run. */
interface Column {
  readonly key: string;
  readonly title: string;
  readonly values: readonly (Setting | undefined)[];
  text(value: Setting): string;
}

/** Where runs without a value cross, below all others. */
const NONE = 0;
const FLOOR_WITH_NONE = 0.12;
/** Values further apart than this are spread by their logarithm. */
const LOG_RATIO = 50;
/** As many different values have a tick each. */
const MOST_VALUES = 7;

/** What can be an axis: settings in which the runs differ, then what they reached at their best epochs. */
export function axisChoices(runs: readonly RunRow[]): { readonly key: string; readonly title: string }[] {
  return columnsOf(runs, PLAIN).map(({ key, title }) => ({ key, title }));
}

/** Axes shown unless asked otherwise: most settings that differ, and the two results that every run has. */
export function usualAxes(runs: readonly RunRow[], most = 8): string[] {
  const columns = columnsOf(runs, PLAIN);
  // a setting that some do not have and the others have alike says no more than the choice it belongs to
  const telling = columns.filter(
    ({ key, values }) =>
      key.startsWith('spec ') && new Set(values.filter((value) => value !== undefined && value !== null)).size > 1,
  );
  return [
    ...telling.slice(0, most),
    ...columns.filter(({ key }) => key === 'metric val/loss' || key === 'metric val/top1'),
  ].map(({ key }) => key);
}

export function parallelAxes(
  runs: readonly RunRow[],
  keys: readonly string[],
  format: NumberFormat = PLAIN,
): ParallelAxis[] {
  const columns = columnsOf(runs, format);
  return keys.flatMap((key) => columns.find((column) => column.key === key) ?? []).map(axisOf);
}

/** The settings of a run with its data set's name in place of its id. */
export const namedSpec = (run: RunRow): RunRow['spec'] => ({
  ...run.spec,
  dataset: run.datasetName ?? run.spec.dataset,
});

function columnsOf(runs: readonly RunRow[], { percent, fixed }: NumberFormat): Column[] {
  const settings = settingsDiff(runs.map(namedSpec)).filter((row) => row.differs);
  const lasts = settings.map(({ setting }) => lastPart(setting));
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.best)))].sort();
  return [
    // the last word of a path, unless two paths end in it
    ...settings.map(({ setting, values }) => ({
      key: `spec ${setting}`,
      title:
        lasts.filter((one) => one === lastPart(setting)).length > 1 ||
        setting.endsWith('.kind') ||
        setting.endsWith('.name')
          ? setting
          : lastPart(setting),
      values,
      text: (value: Setting) => (typeof value === 'number' ? compactNumber(value) : String(value)),
    })),
    ...metrics.map((name) => ({
      key: `metric ${name}`,
      title: /top\d/.test(name) ? `${name}, %` : name,
      values: runs.map((run) => run.best[name]),
      text: (value: Setting) =>
        typeof value !== 'number'
          ? String(value)
          : /top\d/.test(name)
            ? percent(value)
            : /loss/.test(name)
              ? fixed(value, 4)
              : compactNumber(value),
    })),
    { key: 'bestEpoch', title: 'best epoch', values: runs.map((run) => run.bestEpoch), text: String },
    {
      key: 'minutes',
      title: 'minutes trained',
      values: runs.map((run) => run.durationMs / 60_000),
      text: (value) => compactNumber(Number(value)),
    },
  ];
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

function axisOf({ key, title, values, text }: Column): ParallelAxis {
  const known = values.filter(
    (value): value is Setting =>
      value !== null && value !== undefined && !(typeof value === 'number' && !Number.isFinite(value)),
  );
  const floor = known.length < values.length ? FLOOR_WITH_NONE : 0;
  const place = known.every((value) => typeof value === 'number')
    ? placeOfNumbers(known)
    : placeOfWords(known.map(String));
  const at = (value: Setting | undefined): number =>
    value === null || value === undefined || !known.includes(value) ? NONE : floor + (1 - floor) * place(value);
  const different = [...new Set(known)];
  const marked: readonly Setting[] =
    different.length <= MOST_VALUES || typeof different[0] === 'string' ? different : evenly(known.map(Number));
  return {
    key,
    title,
    ticks: [
      ...(floor > 0 ? [{ at: NONE, text: '–' }] : []),
      ...apart(marked.map((value) => ({ at: floor + (1 - floor) * place(value), text: text(value) }))),
    ],
    places: values.map(at),
    texts: values.map((value) => (value === null || value === undefined ? '–' : text(value))),
  };
}

/** Ticks whose words would lie on one another are left out. */
function apart(ticks: { at: number; text: string }[]): { at: number; text: string }[] {
  const kept: { at: number; text: string }[] = [];
  for (const tick of ticks.sort((a, b) => a.at - b.at)) if (tick.at - (kept.at(-1)?.at ?? -1) > 0.03) kept.push(tick);
  return kept;
}

function placeOfNumbers(values: readonly number[]): (value: Setting) => number {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (low === high) return () => 0.5;
  const log = low > 0 && high / low > LOG_RATIO;
  return (value) => (log ? Math.log(Number(value) / low) / Math.log(high / low) : (Number(value) - low) / (high - low));
}

function placeOfWords(values: readonly string[]): (value: Setting) => number {
  const words = [...new Set(values)].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  return (value) => (words.length === 1 ? 0.5 : words.indexOf(String(value)) / (words.length - 1));
}

function evenly(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const log = low > 0 && high / low > LOG_RATIO;
  return Array.from({ length: 5 }, (_, i) => (log ? low * (high / low) ** (i / 4) : low + ((high - low) * i) / 4));
}
