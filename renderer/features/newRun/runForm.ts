/**
 * The form of a new run as plain text and switches: one field for each row of the table of settings, and what no row
 * holds.
 */
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { HERE } from '../../../contract/place.ts';
import type { NumberSetting } from '../../../contract/setting.ts';
import {
  SEED_COUNT,
  SETTING_ROWS,
  type SettingName,
  type SettingNameOf,
  type SettingRowOf,
} from '../../../contract/settings.ts';
import { emptyFineTuning, type FineTuningForm } from './fineTuningForm.ts';
import type { SettingBeyond } from './settingsBeyond.ts';

export type NumberField = SettingNameOf<'number'> | 'repeat';
type ChoiceField = SettingNameOf<'choice'>;
export type ListField = SettingNameOf<'list'>;

/** Of settings: what is chosen, and text as typed. */
type SettingFields = Record<SettingNameOf<'switch'>, boolean> &
  Record<ListField, string> & {
    [Name in ChoiceField]: Name extends 'device' ? DeviceChoice : SettingRowOf<Name>['choices'][number]['value'];
  };

export interface RunForm extends SettingFields {
  name: string;
  /** Name of a place, or `here`. */
  place: string;
  models: string[];
  dataset: string;
  fineTuning: FineTuningForm;
  /** Text as typed; a comma makes a list. */
  numbers: Record<NumberField, string>;
  /** Of the preset or run that filled the form: what no field shows goes on from there. */
  beyond: readonly SettingBeyond[];
}

export const NUMBER_ROWS: readonly (readonly [NumberField, NumberSetting])[] = [
  ...SETTING_ROWS.flatMap(([name, row]) => (row.kind === 'number' ? [[name as NumberField, row] as const] : [])),
  ['repeat', SEED_COUNT],
];

export function emptyForm(): RunForm {
  const fields = SETTING_ROWS.flatMap(([name, row]) => (row.kind === 'number' ? [] : [[name, row.initial] as const]));
  const numbers = NUMBER_ROWS.map(([name, { initial }]) => [name, numberText(initial)] as const);
  return {
    ...(Object.fromEntries(fields) as unknown as SettingFields),
    name: '',
    place: HERE,
    models: ['vgg11'],
    dataset: '',
    fineTuning: emptyFineTuning(),
    numbers: Object.fromEntries(numbers) as Record<NumberField, string>,
    beyond: [],
  };
}

/** As a field shows it; empty: left out. */
export function numberText(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

/** What the form says of a setting: text, choice or switch. */
export function fieldValue(form: RunForm, name: SettingName): string | boolean {
  return name in form.numbers ? form.numbers[name as NumberField] : form[name as keyof SettingFields];
}
