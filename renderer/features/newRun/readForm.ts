/**
 * What the form says: a request, one for every combination where fields hold lists, or what is wrong in which field.
 */
import { combinations, type GridAxis, gridSize, MAX_RUNS_A_GRID, nameInGrid } from '../../../contract/api/runs/grid.ts';
import type { RunRequestInput } from '../../../contract/runSpec.ts';
import { isAsked, SETTING_ROWS, type SettingName } from '../../../contract/settings.ts';
import { parseNumberList, parseNumbers } from '../../../pure/numberList.ts';
import { type FineTuningField, readFineTuning } from './fineTuningForm.ts';
import { writeRequest } from './formRequest.ts';
import { fieldValue, type ListField, NUMBER_ROWS, type NumberField, type RunForm } from './runForm.ts';
import { withBeyond } from './settingsBeyond.ts';

export type FormField = SettingName | FineTuningField | 'repeat' | 'dataset' | 'models';

export interface FormOutcome {
  /** One for every combination of the lists; none while a field does not hold what it must. */
  readonly requests: readonly RunRequestInput[];
  /** How many runs the lists make, and how many values each of them has. */
  readonly runs: number;
  readonly lists: Partial<Record<NumberField, number>>;
  readonly errors: Partial<Record<FormField, string>>;
}

/** What the form says now. */
export function readForm(form: RunForm): FormOutcome {
  const errors: FormOutcome['errors'] = {};
  const numbers = readNumbers(form, errors);
  const lists = readLists(form, errors);
  repeatSeeds(numbers, errors);
  const fineTuning = readFineTuning(form.fineTuning);
  Object.assign(errors, fineTuning.errors);
  if (!form.dataset) errors.dataset = 'Choose a data set';
  if (form.models.length === 0) errors.models = 'Choose a network';
  const axes: GridAxis<number | string>[] = [
    { name: NETWORK, values: form.models },
    ...[...numbers].map(([name, values]) => ({ name, values })),
  ];
  const long = [...numbers].filter(([, values]) => values.length > 1);
  const runs = gridSize(axes);
  if (runs > MAX_RUNS_A_GRID)
    for (const [field] of long) errors[field] = `part of ${runs} runs; at most ${MAX_RUNS_A_GRID} are queued at once`;
  const outcome = { runs, lists: Object.fromEntries(long.map(([field, { length }]) => [field, length])), errors };
  if (Object.keys(errors).length > 0) return { ...outcome, requests: [] };
  const requests = combinations(axes).map(({ values, words }) => {
    const { [NETWORK]: network, ...cell } = Object.fromEntries(values);
    const made = writeRequest(form, String(network), { ...cell, ...lists });
    const named = { ...made, ...(made.name !== undefined && { name: nameInGrid(made.name, words) }) };
    return withBeyond({ ...named, fineTuning: fineTuning.value }, form.beyond);
  });
  return { ...outcome, requests };
}

const NETWORK = 'network';

/** Values of the numeric fields that are asked for; what is hidden is neither checked nor sent. */
function readNumbers(form: RunForm, errors: FormOutcome['errors']): Map<NumberField, readonly number[]> {
  const numbers = new Map<NumberField, readonly number[]>();
  for (const [name, row] of NUMBER_ROWS) {
    if (!isAsked(row, (other) => fieldValue(form, other))) continue;
    const parsed = parseNumberList(form.numbers[name], row.range, row.initial === null);
    if (parsed.error !== null) errors[name] = parsed.error;
    else if (parsed.values.length > 0) numbers.set(name, parsed.values);
  }
  return numbers;
}

function readLists(form: RunForm, errors: FormOutcome['errors']): Partial<Record<ListField, number[]>> {
  const lists: Partial<Record<ListField, number[]>> = {};
  for (const [name, row] of SETTING_ROWS) {
    if (row.kind !== 'list' || !isAsked(row, (other) => fieldValue(form, other))) continue;
    const field = name as ListField;
    const parsed = parseNumbers(form[field], row.range, row.when === undefined);
    if (parsed.error !== null) errors[field] = parsed.error;
    else if (parsed.values.length > 0) lists[field] = parsed.values;
  }
  return lists;
}

/** As many runs, under seeds one after another from the one given. */
function repeatSeeds(numbers: Map<NumberField, readonly number[]>, errors: FormOutcome['errors']): void {
  const [times = 1, ...others] = numbers.get('repeat') ?? [];
  const [seed = 0, ...seeds] = numbers.get('seed') ?? [];
  numbers.delete('repeat');
  if (others.length > 0) errors.repeat = 'Enter one number';
  else if (times > 1 && seeds.length > 0) errors.repeat = 'The seeds are a list already';
  else if (times > 1) {
    const all = Array.from({ length: times }, (_, i) => seed + i);
    numbers.set('seed', all);
  }
}
