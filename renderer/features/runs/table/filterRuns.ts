/**
 * The filter box of the table: words that must occur, and conditions such as `lr<1e-3`, `val/top1>80`, `state=failed`,
 * `tag="long runs"`. Accuracies are taken as the column shows them, in per cent; up to 1 as shares of one.
 */
import type { RunRow } from '../../../../contract/api/runs/runTypes.ts';
import { isShare } from './columnWords.ts';
import { settingsOf } from '../../../../pure/settingsDiff.ts';

const CONDITION = /^([\w./-]+)(<=|>=|!=|=|<|>)(.+)$/;
const PART = /(?:[^\s"]|"[^"]*"?)+/g;

/** Parts between spaces; quotes hold words together and are taken off. */
const partsOf = (typed: string): string[] =>
  (typed.match(PART) ?? []).map((part) => part.replaceAll('"', '')).filter(Boolean);

export function filterRuns(runs: readonly RunRow[], typed: string): RunRow[] {
  const parts = partsOf(typed);
  return parts.length === 0 ? [...runs] : runs.filter((run) => parts.every((part) => fits(run, part)));
}

/** What conditions ask about and no run has. */
export function unknownNames(runs: readonly RunRow[], typed: string): string[] {
  const asked = partsOf(typed).flatMap((part) => CONDITION.exec(part)?.[1] ?? []);
  return [...new Set(asked)].filter(
    (name) => name !== 'tag' && !OWN.has(name) && !runs.some((run) => valueOf(run, name) !== undefined),
  );
}

function fits(run: RunRow, part: string): boolean {
  const [, name, sign, wanted] = CONDITION.exec(part) ?? [];
  if (name === undefined || sign === undefined || wanted === undefined) {
    const words = [run.name, run.id, run.spec.model.name, run.datasetName, run.state, ...run.tags, run.note];
    return words.join(' ').toLowerCase().includes(part.toLowerCase());
  }
  if (name === 'tag') return run.tags.includes(wanted) === (sign === '=');
  const value = valueOf(run, name);
  if (value === undefined || value === null) return sign === '!=';
  const number = numberFor(name, wanted);
  if (typeof value === 'number' && !Number.isNaN(number)) {
    return (
      {
        '<': value < number,
        '>': value > number,
        '<=': value <= number,
        '>=': value >= number,
        '=': value === number,
        '!=': value !== number,
      }[sign] ?? false
    );
  }
  const same = String(value).toLowerCase() === wanted.toLowerCase();
  return sign === '=' ? same : sign === '!=' ? !same : false;
}

/** What is typed for an accuracy is in per cent, as its column is, or a share of one. */
function numberFor(name: string, wanted: string): number {
  const number = Number(wanted.replace('%', ''));
  return isShare(name) && (number > 1 || wanted.endsWith('%')) ? number / 100 : number;
}

/** Every name that a condition can begin with, to complete what is typed. */
export function conditionNames(runs: readonly RunRow[]): string[] {
  const names = new Set<string>(['tag', ...OWN.keys()]);
  for (const run of runs) {
    for (const [path] of settingsOf(run.spec)) names.add(path);
    for (const name of Object.keys(run.best)) names.add(name);
  }
  return [...names].sort();
}

/** What a run is or uses beside its settings and metrics. `disk` in bytes, `trained` in seconds. */
const OWN: ReadonlyMap<string, (run: RunRow) => string | number | null> = new Map<
  string,
  (run: RunRow) => string | number | null
>([
  ['state', (run) => run.state],
  ['epoch', (run) => run.epoch],
  ['bestEpoch', (run) => run.bestEpoch],
  ['model', (run) => run.spec.model.name],
  ['network', (run) => run.spec.model.name],
  ['dataset', (run) => run.datasetName],
  ['device', (run) => run.device?.name ?? null],
  ['disk', (run) => run.diskBytes],
  ['trained', (run) => run.durationMs / 1000],
  ['name', (run) => run.name],
]);

function valueOf(run: RunRow, name: string): string | number | boolean | null | undefined {
  const own = OWN.get(name);
  if (own) return own(run);
  // `lr` is the setting, not the metric of that name
  const settings = settingsOf(run.spec);
  return (
    settings.find(([path]) => path === name)?.[1] ??
    run.best[name] ??
    run.best[`val/${name}`] ??
    settings.find(([path]) => path.endsWith(`.${name}`))?.[1]
  );
}
