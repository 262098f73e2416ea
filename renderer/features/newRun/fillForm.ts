/** From settings, of a preset or of an earlier run, to the fields of the form. */
import type { PresetSettings } from '../../../contract/api/runs/presets.ts';
import { Optimizer } from '../../../contract/optimizers.ts';
import { HERE } from '../../../contract/place.ts';
import { Schedule } from '../../../contract/recipe.ts';
import type { RunRequestInput } from '../../../contract/runSpec.ts';
import type { Setting } from '../../../contract/setting.ts';
import { isAsked, pathOf, SETTING_ROWS, type SettingName } from '../../../contract/settings.ts';
import { isSettingTree, valueAt } from '../../../pure/settingPath.ts';
import { emptyFineTuning, fillFineTuning } from './fineTuningForm.ts';
import { readForm } from './readForm.ts';
import { fieldValue, numberText, type RunForm } from './runForm.ts';
import { settingsBeyond } from './settingsBeyond.ts';

type Settings = Partial<PresetSettings> | Partial<RunRequestInput>;

/** Fills the form with settings; what they leave out keeps its value. */
export function fillForm(form: RunForm, settings: PresetSettings | RunRequestInput): void {
  fillFields(form, settings);
  if (settings.model) form.models = [settings.model.name];
  if (settings.fineTuning !== undefined) fillFineTuning(form.fineTuning, settings.fineTuning);
  if ('dataset' in settings) {
    form.dataset = settings.dataset;
    form.name = settings.name ?? '';
    form.place = settings.place ?? HERE;
    form.numbers.repeat = '1';
  }
  form.beyond = [];
  // weights that are yet to be chosen are no reason to lose the rest
  const [shown] = readForm({
    ...form,
    dataset: form.dataset || '-',
    models: form.models.slice(0, 1),
    fineTuning: emptyFineTuning(),
  }).requests;
  if (shown) form.beyond = settingsBeyond(settings, shown);
}

/** The network and its shape; options that are left out are empty. */
export function fillNetwork(form: RunForm, model: RunRequestInput['model']): void {
  form.models = [model.name];
  fillFields(form, { model });
}

/** Another optimizer or schedule brings its own usual settings. */
export function chooseKind(form: RunForm, of: 'optimizer' | 'schedule', kind: string): void {
  const parsed = of === 'optimizer' ? Optimizer.safeParse({ kind }) : Schedule.safeParse({ kind });
  Reflect.set(form, of, kind);
  if (parsed.success) fillFields(form, { [of]: parsed.data });
}

function fillFields(form: RunForm, settings: Settings): void {
  for (const [name, row] of SETTING_ROWS) if (!row.when) fillField(form, name, row, settings);
  const { schedule } = settings;
  if (schedule?.kind === 'plateau') form.stopMetric = schedule.metric ?? form.stopMetric;
  // which of the others are asked for is known only now
  for (const [name, row] of SETTING_ROWS) if (row.when) fillField(form, name, row, settings);
}

function fillField(form: RunForm, name: SettingName, row: Setting, settings: Settings): void {
  const valueOf = (other: SettingName): unknown => fieldValue(form, other);
  const path = pathOf(row, valueOf);
  if (valueAt(settings, path.split('.')[0]!) === undefined || !isAsked(row, valueOf)) return;
  const value = valueAt(settings, path);
  if (row.kind === 'number') Reflect.set(form.numbers, name, numberText(numberIn(value) ?? row.initial));
  else Reflect.set(form, name, shownIn(row, value));
}

/** Of four strengths of colour jitter the form shows the first. */
function numberIn(value: unknown): number | undefined {
  const number = isSettingTree(value) ? value['brightness'] : value;
  return typeof number === 'number' ? number : undefined;
}

function shownIn(row: Exclude<Setting, { kind: 'number' }>, value: unknown): string | boolean {
  switch (row.kind) {
    case 'switch':
      return value !== undefined && value !== null && value !== false;
    case 'list':
      return Array.isArray(value) ? value.join(', ') : row.initial;
    case 'choice':
      return Array.isArray(value) ? 'own' : typeof value === 'string' ? value : row.initial;
  }
}
