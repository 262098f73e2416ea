/** From what the form says to a run request, setting by setting. */
import { HERE } from '../../../contract/place.ts';
import type { RunRequestInput } from '../../../contract/runSpec.ts';
import { isAsked, pathOf, SETTING_ROWS, type SettingName, type SettingNameOf } from '../../../contract/settings.ts';
import { valueAt, withValueAt } from '../../../pure/settingPath.ts';
import { fieldValue, type RunForm } from './runForm.ts';

/** One value of each numeric field that is asked for, all of each list. */
export type FormValues = Partial<Record<SettingNameOf<'number'>, number> & Record<SettingNameOf<'list'>, number[]>>;

/** What a request says where no field does: every group of settings is there. */
const EMPTY = {
  optimizer: {},
  schedule: {},
  augmentation: {},
  earlyStopping: null,
  clipNorm: null,
  averaging: null,
  warmUp: null,
  budget: {},
  preprocessing: {},
  limit: {},
} as const;

/** Fields whose value is another one in the request; undefined: left out. */
const WRITTEN: Partial<Record<SettingName, (value: unknown) => unknown>> = {
  color: unlessAuto,
  gridPooling: unlessAuto,
  classWeights: (kind) => (kind === 'own' ? undefined : kind),
  jitter: (strength) => (typeof strength === 'number' && strength > 0 ? jitterOf(strength) : undefined),
};

/** `auto` stands for what the data, the weights or the network say. */
function unlessAuto(choice: unknown): unknown {
  return choice === 'auto' ? undefined : choice;
}

function jitterOf(strength: number): Record<'brightness' | 'contrast' | 'saturation' | 'hue', number> {
  return { brightness: strength, contrast: strength, saturation: strength, hue: Math.min(0.5, strength / 4) };
}

export function writeRequest(form: RunForm, network: string, values: FormValues): RunRequestInput {
  const valueOf = (name: SettingName): unknown => fieldValue(form, name);
  let request: Readonly<Record<string, unknown>> = {
    ...EMPTY,
    ...(form.name.trim() && { name: form.name.trim() }),
    model: { name: network, options: {} },
    dataset: form.dataset,
    ...(form.place !== HERE && { place: form.place }),
  };
  for (const [name, row] of SETTING_ROWS) {
    if (!isAsked(row, valueOf)) continue;
    const path = pathOf(row, valueOf);
    if (row.kind === 'switch') {
      // a part that its own settings have made already stays
      if (valueOf(name) === true) request = withValueAt(request, path, valueAt(request, path) ?? row.on ?? true);
      continue;
    }
    const value = row.kind === 'choice' ? valueOf(name) : values[name as keyof FormValues];
    const written = WRITTEN[name]?.(value) ?? (name in WRITTEN ? undefined : value);
    if (written !== undefined) request = withValueAt(request, path, written);
  }
  if (form.schedule === 'plateau') request = withValueAt(request, 'schedule.metric', form.stopMetric);
  return request as unknown as RunRequestInput;
}
