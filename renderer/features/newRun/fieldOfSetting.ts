/** Which field of the form shows a setting that the host names. */
import { SEED_COUNT, SETTING_ROWS, SETTINGS } from '../../../contract/settings.ts';
import type { FormField } from './readForm.ts';

/** Settings that no row of the table decides. */
const OTHERS: Readonly<Record<string, string>> = {
  [SEED_COUNT.path]: 'repeat',
  warmUp: 'warmUpEpochs',
  'model.name': 'models',
  'fineTuning.from': 'startFrom',
  'fineTuning.trains': 'trainedLayers',
  'fineTuning.loads': 'loads',
  'fineTuning.lrFactors': 'lrFactors',
  'fineTuning.unfreeze': 'unfreeze',
};

/** The field, or the setting's own name where no field shows it. */
export function fieldOfSetting(setting: string): string {
  const row = SETTING_ROWS.find(([, { path, pathWhen }]) => path === setting || pathWhen?.path === setting);
  return row?.[0] ?? OTHERS[setting] ?? setting;
}

/** Labels of the fields that no row of the table describes. */
const LABELS: Readonly<Record<Exclude<FormField, keyof typeof SETTINGS>, string>> = {
  repeat: SEED_COUNT.label,
  dataset: 'Data set',
  models: 'Network',
  startFrom: 'Start from weights',
  trainedLayers: 'Layers',
  loads: 'Layers to load',
  lrFactors: 'Per-layer LR multipliers',
  unfreeze: 'Unfreeze after epochs',
};

export function labelOf(field: FormField): string {
  return field in SETTINGS ? SETTINGS[field as keyof typeof SETTINGS].label : LABELS[field as keyof typeof LABELS];
}
