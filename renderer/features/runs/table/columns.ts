/** Every setting and every metric of the runs as a column of the table. */
import { METRIC } from '../../../../contract/metrics.ts';
import type { RunRow } from '../../../../contract/api/runs/runTypes.ts';
import { ago, bytes, compactNumber, count, dateTime, duration, fixed, percent } from '../../../format/numbers.ts';
import { flattenSettings, type Setting, settingsOf } from '../../../../pure/settingsDiff.ts';
import { isShare, metricTitle, settingTitle } from './columnWords.ts';
import { STATE_LOOKS } from '../../../format/runStates.ts';
import type { TableColumn } from '../../../ui/table/tableColumn.ts';

/** `format` writes a number of a measured column, so that a mean can be shown in its stead. */
export interface RunColumn extends TableColumn<RunRow> {
  format?(value: number): string;
  /** In place of the text where it is copied: a date for "5 minutes ago". */
  exact?(run: RunRow): string;
  /** Of a metric: whether more or less of it is better. */ readonly better?: 'more' | 'less';
}
export const DEFAULT_COLUMNS: readonly string[] = [
  'name',
  'state',
  'dataset',
  'metric val/top1',
  'metric val/loss',
  'bestEpoch',
  'spec lr',
  'spec batchSize',
  'duration',
  'disk',
  'created',
];

const fixedColumns = (nameOf: (run: RunRow) => string): readonly RunColumn[] => [
  { key: 'name', title: 'Name', width: 180, value: (run) => nameOf(run) },
  { key: 'state', title: 'State', width: 112, value: (run) => STATE_LOOKS[run.state].word },
  { key: 'model', title: 'Network', width: 110, value: (run) => run.spec.model.name },
  { key: 'dataset', title: 'Data set', width: 120, value: (run) => run.datasetName },
  {
    key: 'bestEpoch',
    title: 'Best epoch',
    width: 94,
    numeric: true,
    value: (run) => run.bestEpoch,
    text: (run) => count(run.bestEpoch),
  },
  {
    key: 'epoch',
    title: 'Epoch',
    width: 64,
    numeric: true,
    value: (run) => run.epoch,
    text: (run) => fixed(run.epoch, 1),
  },
  {
    key: 'duration',
    title: 'Training time',
    width: 112,
    numeric: true,
    value: (run) => run.durationMs,
    text: (run) => duration(run.durationMs || null),
    format: (ms) => duration(ms),
  },
  {
    key: 'disk',
    title: 'Disk',
    width: 76,
    numeric: true,
    value: (run) => run.diskBytes,
    text: (run) => bytes(run.diskBytes),
    hint: 'Checkpoints, log and history',
  },
  { key: 'device', title: 'Device', width: 120, value: (run) => run.device?.name },
  { key: 'tags', title: 'Tags', width: 110, value: (run) => run.tags.join(', ') },
  { key: 'group', title: 'Group', width: 100, value: (run) => run.group },
  {
    key: 'created',
    title: 'Created',
    width: 118,
    numeric: true,
    value: (run) => Date.parse(run.createdAt),
    text: (run) => ago(run.createdAt),
    exact: (run) => dateTime(run.createdAt),
  },
  { key: 'id', title: 'Id', width: 140, value: (run) => run.id },
];

/** Settings that a column of the run itself shows already. */
const SHOWN_ELSEWHERE = new Set(['name', 'model.name', 'dataset']);

/**
 * All columns that these runs can fill.
 * @param which value of a metric: at the best epoch, or the last one
 * @param nameOf what a run is called among the others
 */
export function allColumns(
  runs: readonly RunRow[],
  which: 'best' | 'last',
  nameOf: (run: RunRow) => string = ({ name }) => name,
): RunColumn[] {
  const settings = new Map<string, boolean>();
  const metrics = new Set<string>([METRIC.valLoss, METRIC.valTop1]);
  for (const run of runs) {
    for (const [name, value] of settingsOf(run.spec))
      settings.set(name, (settings.get(name) ?? true) && typeof value === 'number');
    for (const name of Object.keys(run[which])) metrics.add(name);
  }
  return [
    ...fixedColumns(nameOf),
    ...[...metrics].sort().map((name): RunColumn => {
      const format = (value: number | null | undefined): string =>
        isShare(name) ? percent(value) : name === 'lr' ? compactNumber(value) : fixed(value, 4);
      return {
        key: `metric ${name}`,
        title: metricTitle(name),
        width: 108,
        numeric: true,
        hint: which === 'best' ? `${name} at the best epoch` : `last ${name}`,
        value: (run) => run[which][name],
        text: (run) => format(run[which][name]),
        format,
        ...(isShare(name) ? { better: 'more' as const } : /loss$/i.test(name) && { better: 'less' as const }),
      };
    }),
    ...[...settings]
      .filter(([name]) => !SHOWN_ELSEWHERE.has(name))
      .map(([name, numeric]): RunColumn => ({
        key: `spec ${name}`,
        title: settingTitle(name),
        hint: name,
        width: 96,
        numeric,
        value: (run) => settingOf(run, name),
        text: (run) => settingText(settingOf(run, name)),
      })),
  ];
}

function settingOf(run: RunRow, name: string): Setting | undefined {
  let value: unknown = run.spec;
  for (const key of name.split('.'))
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return flattenSettings(value, name)[0]?.[1];
}

function settingText(value: Setting | undefined): string {
  if (value === undefined || value === null) return '–';
  return typeof value === 'number' ? compactNumber(value) : String(value);
}

/**
 * The columns to show: those that were chosen, without settings and data sets that all runs share, and with the
 * settings in which they differ; so a table says by itself what sets its runs apart.
 * @param varied whether columns come and go by themselves
 */
export function columnsFor(
  runs: readonly RunRow[],
  every: readonly RunColumn[],
  chosen: readonly string[],
  varied: boolean,
): RunColumn[] {
  const known = (key: string): RunColumn[] => every.filter((column) => column.key === key);
  if (!varied || runs.length < 2) return chosen.flatMap(known);
  const differs = ({ value }: RunColumn): boolean => new Set(runs.map((run) => value(run) ?? null)).size > 1;
  const comesAndGoes = ({ key }: RunColumn): boolean => key.startsWith('spec ') || key === 'dataset';
  const kept = chosen.flatMap(known).filter((column) => !comesAndGoes(column) || differs(column));
  const added = every.filter(
    (column) =>
      comesAndGoes(column) && !NOT_BY_THEMSELVES.test(column.key) && !kept.includes(column) && differs(column),
  );
  // behind the results, which stay in sight in a small window
  const place = kept.findLastIndex(({ key }) => key.startsWith('metric '));
  return kept.toSpliced(place < 0 ? kept.length : place + 1, 0, ...added.slice(0, MOST_ADDED));
}

/** Settings that follow from others, or are read by programs alone. */
const NOT_BY_THEMSELVES =
  /^spec (group|device|datasetFingerprint|dataFingerprint|classes|preprocessing\.(mean|std|scale)|startFrom\.)/;
const MOST_ADDED = 4;
