/** What a run is called where several stand together: what sets it apart, never what all share. */
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { settingsOf, type Setting } from '../../../pure/settingsDiff.ts';
import { compactNumber } from '../../format/numbers.ts';

type Named = Pick<RunRow, 'id' | 'name' | 'group' | 'createdAt' | 'spec'>;

/** Settings that name a run already, follow from others, or say where it was computed and not what. */
const NO_NAME =
  /^(name|group|device|model\.name|dataset|dataFingerprint|classes|keepEpochs|preprocessing\.(mean|std|scale))/;
/** Settings in a name; more of them are read in the table. */
const MOST = 3;
/** What one looks for first, in this order; other settings follow. */
const FIRST = ['lr', 'batchSize', 'optimizer.kind', 'weightDecay', 'preprocessing.size', 'precision', 'seed'];
/** Short words for what varies most often. */
const WORDS: Readonly<Record<string, string>> = {
  batchSize: 'batch',
  'optimizer.kind': '',
  'schedule.kind': '',
  precision: '',
};

/** Whether the name is the one that Quorum gives where the user gave none. */
const isDefault = ({ name, spec }: Named): boolean => `${name} `.startsWith(`${spec.model.name} on `);

/** Runs that were queued together, else all of one network on one data set: among them a name says what varies. */
const circleOf = ({ group, spec }: Named): string => group ?? `${spec.model.name} ${spec.dataset}`;

/** Short names by id: unique among these runs. */
export function runNames(runs: readonly Named[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const circle of Map.groupBy(runs, circleOf).values()) {
    const varied = variedSettings(circle);
    for (const run of circle) names.set(run.id, isDefault(run) ? nameOf(run, varied) : run.name);
  }
  return apart(runs, names);
}

/** Paths of the settings in which runs of one circle differ, networks compared with their own kind alone. */
function variedSettings(circle: readonly Named[]): string[] {
  const varied = new Set<string>();
  for (const alike of Map.groupBy(circle, ({ spec }) => spec.model.name).values()) {
    const values = new Map<string, Set<Setting>>();
    for (const { spec } of alike)
      for (const [path, value] of settingsOf(spec)) values.set(path, (values.get(path) ?? new Set()).add(value));
    for (const [path, different] of values) if (different.size > 1 && !NO_NAME.test(path)) varied.add(path);
  }
  const rank = (path: string): number => (FIRST.includes(path) ? FIRST.indexOf(path) : FIRST.length);
  const named = [...varied].sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
  // the seed is named last: it is what repeats vary
  return named.sort((a, b) => Number(a === 'seed') - Number(b === 'seed'));
}

function nameOf({ spec }: Named, varied: readonly string[]): string {
  const settings = new Map(settingsOf(spec));
  const parts = varied.flatMap((path) => {
    const value = settings.get(path);
    return value === undefined || value === null ? [] : [settingWords(path, value)];
  });
  return [spec.model.name, ...parts].join(' · ');
}

/** `lr 0.01`, `batch 32`, `adam`. */
export function settingWords(path: string, value: Setting): string {
  const word = WORDS[path] ?? path.split('.').at(-1) ?? path;
  const text = typeof value === 'number' ? compactNumber(value) : String(value);
  return word === '' ? text : `${word} ${text}`;
}

/** Runs that would still have one name are told apart by when they were made: the second is #2. */
function apart(runs: readonly Named[], names: Map<string, string>): ReadonlyMap<string, string> {
  const inTime = [...runs].sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
  const seen = new Map<string, number>();
  for (const { id } of inTime) {
    const name = names.get(id)!;
    const place = (seen.get(name) ?? 0) + 1;
    seen.set(name, place);
    if (place > 1) names.set(id, `${name} #${place}`);
  }
  return names;
}
