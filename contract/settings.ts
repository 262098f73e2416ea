/**
 * Every setting of a run that a user chooses, one row each, in the order of the form. The form, the command line and
 * the grid are made from these rows, and the schemas of a run request take their ranges and defaults from them.
 */
import { OPTIMIZER_SETTINGS } from './optimizers.ts';
import { type NumberSetting, POSITIVE, type Setting } from './setting.ts';
import { NETWORK_SETTINGS } from './settings/network.ts';
import { DATA_SETTINGS } from './settings/data.ts';
import { SCHEDULE_SETTINGS } from './settings/schedule.ts';
import { REGULARISATION_SETTINGS } from './settings/regularisation.ts';
import { STOPPING_SETTINGS } from './settings/stopping.ts';

export const SETTINGS = {
  ...NETWORK_SETTINGS,
  ...DATA_SETTINGS,
  lr: {
    kind: 'number',
    path: 'lr',
    range: POSITIVE,
    initial: 1e-4,
    flag: 'lr <x>',
    help: 'learning rate',
    label: 'Learning rate',
    hint: '1e-3, 1e-4 makes a grid',
    group: 'optimisation',
  },
  ...OPTIMIZER_SETTINGS,
  ...SCHEDULE_SETTINGS,
  ...REGULARISATION_SETTINGS,
  ...STOPPING_SETTINGS,
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type SettingRowOf<Name extends SettingName> = (typeof SETTINGS)[Name];
/** Settings of one kind, by name. */
export type SettingNameOf<Kind extends Setting['kind']> = {
  [Name in SettingName]: SettingRowOf<Name>['kind'] extends Kind ? Name : never;
}[SettingName];

export const SETTING_ROWS = Object.entries(SETTINGS) as readonly (readonly [SettingName, Setting])[];

/** Whether the setting is asked for, given what others say. */
export function isAsked({ when }: Setting, valueOf: (setting: SettingName) => unknown): boolean {
  return !when || (when.is as readonly unknown[]).includes(valueOf(when.setting as SettingName));
}

/** Where the setting stands in a request, given what others say. */
export function pathOf(row: Setting, valueOf: (setting: SettingName) => unknown): string {
  const { pathWhen } = row;
  return pathWhen && valueOf(pathWhen.setting as SettingName) === pathWhen.is ? pathWhen.path : row.path;
}

/** How many runs differ in nothing but the seed. No part of a request: it makes several. */
export const SEED_COUNT = {
  kind: 'number',
  path: 'group',
  range: { min: 1, max: 64, whole: true },
  initial: 1,
  flag: 'repeat <n>',
  help: 'number of seeds, from --seed upwards: a run for each, with their mean',
  label: 'Number of seeds',
  hint: 'A run for each',
  group: 'stopping',
} as const satisfies NumberSetting;
