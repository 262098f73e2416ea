/** The filter box of the table: words that must occur, and conditions such as `lr<1e-3`, `val/top1>0.5`, `state=failed`, `tag=baseline`. */
import type { RunRow } from '../../contract/api/runTypes.ts';
import { settingsOf } from '../../contract/settingsDiff.ts';

const CONDITION = /^([\w./-]+)(<=|>=|!=|=|<|>)(.+)$/;

export function filterRuns(runs: readonly RunRow[], typed: string): RunRow[] {
  const parts = typed.trim().split(/\s+/).filter(Boolean);
  return runs.filter((run) => parts.every((part) => fits(run, part)));
}

function fits(run: RunRow, part: string): boolean {
  const [, name, sign, wanted] = CONDITION.exec(part) ?? [];
  if (name === undefined || sign === undefined || wanted === undefined) {
    return `${run.name} ${run.id} ${run.spec.model.name} ${run.datasetName ?? ''} ${run.state} ${run.tags.join(' ')} ${run.note}`.toLowerCase().includes(part.toLowerCase());
  }
  if (name === 'tag') return run.tags.includes(wanted) === (sign === '=');
  const value = valueOf(run, name);
  if (value === undefined || value === null) return sign === '!=';
  const number = Number(wanted);
  if (typeof value === 'number' && !Number.isNaN(number)) {
    return { '<': value < number, '>': value > number, '<=': value <= number, '>=': value >= number, '=': value === number, '!=': value !== number }[sign] ?? false;
  }
  const same = String(value).toLowerCase() === wanted.toLowerCase();
  return sign === '=' ? same : sign === '!=' ? !same : false;
}

function valueOf(run: RunRow, name: string): string | number | boolean | null | undefined {
  if (name in run.best) return run.best[name];
  if (name === 'state') return run.state;
  if (name === 'epoch') return run.epoch;
  if (name === 'model' || name === 'network') return run.spec.model.name;
  if (name === 'dataset') return run.datasetName;
  const settings = settingsOf(run.spec);
  return settings.find(([path]) => path === name)?.[1] ?? settings.find(([path]) => path.endsWith(`.${name}`))?.[1];
}
