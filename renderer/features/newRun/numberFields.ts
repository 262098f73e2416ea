/** The numeric fields of the form: what each takes, whether it may be empty, and the setting of a run that it decides, as the host names it. */
import type { NumberRule } from '../../../pure/numberList.ts';

export const ANY = 1e12;
const NUMBERS = {
  size: { rule: { min: 8, max: 4096, whole: true }, optional: true, setting: 'preprocessing.size' },
  poolGrid: { rule: { min: 1, max: 64, whole: true }, optional: true, setting: 'model.options.poolGrid' },
  headWidth: { rule: { min: 0, max: 65536, whole: true }, optional: true, setting: 'model.options.headWidth' },
  dropout: { rule: { min: 0, max: 0.95 }, optional: true, setting: 'model.options.dropout' },
  dropPath: { rule: { min: 0, max: 0.95 }, optional: true, setting: 'model.options.dropPath' },
  widthFactor: { rule: { min: 0, max: 4, above: true }, optional: true, setting: 'model.options.widthFactor' },
  depthFactor: { rule: { min: 0, max: 4, above: true }, optional: true, setting: 'model.options.depthFactor' },
  batchSize: { rule: { min: 1, max: 65536, whole: true }, optional: false, setting: 'batchSize' },
  epochs: { rule: { min: 1, max: 100000, whole: true }, optional: false, setting: 'epochs' },
  lr: { rule: { min: 0, max: ANY, above: true }, optional: false, setting: 'lr' },
  seed: { rule: { min: 0, max: 0xffffffff, whole: true }, optional: false, setting: 'seed' },
  repeat: { rule: { min: 1, max: 64, whole: true }, optional: false, setting: 'group' },
  cropPadding: { rule: { min: 0, max: 64, whole: true }, optional: false, setting: 'augmentation.cropPadding' },
  momentum: { rule: { min: 0, max: 1, below: true }, optional: false, setting: 'optimizer.momentum' },
  beta1: { rule: { min: 0, max: 1, below: true }, optional: false, setting: 'optimizer.beta1' },
  beta2: { rule: { min: 0, max: 1, below: true }, optional: false, setting: 'optimizer.beta2' },
  weightDecay: { rule: { min: 0, max: 1 }, optional: false, setting: 'weightDecay' },
  clipNorm: { rule: { min: 0, max: ANY, above: true }, optional: true, setting: 'clipNorm' },
  accumulate: { rule: { min: 1, max: 1024, whole: true }, optional: false, setting: 'accumulate' },
  averaging: { rule: { min: 0, max: 1, above: true, below: true }, optional: true, setting: 'averaging.decay' },
  labelSmoothing: { rule: { min: 0, max: 1, below: true }, optional: false, setting: 'labelSmoothing' },
  everyEpochs: { rule: { min: 0, max: ANY, above: true }, optional: false, setting: 'schedule.everyEpochs' },
  gamma: { rule: { min: 0, max: 1, above: true }, optional: false, setting: 'schedule.gamma' },
  finalFactor: { rule: { min: 0, max: 1 }, optional: false, setting: 'schedule.finalFactor' },
  power: { rule: { min: 0, max: ANY, above: true }, optional: false, setting: 'schedule.power' },
  pctStart: { rule: { min: 0, max: 1, above: true, below: true }, optional: false, setting: 'schedule.pctStart' },
  plateauPatience: { rule: { min: 0, max: ANY, whole: true }, optional: false, setting: 'schedule.patience' },
  warmUpEpochs: { rule: { min: 0, max: ANY, above: true }, optional: true, setting: 'warmUp' },
  minArea: { rule: { min: 0, max: 1, above: true }, optional: false, setting: 'augmentation.resizedCrop.minArea' },
  erasing: { rule: { min: 0, max: 1, above: true }, optional: true, setting: 'augmentation.erasing.probability' },
  mixup: { rule: { min: 0, max: 100, above: true }, optional: true, setting: 'augmentation.mixup' },
  cutmix: { rule: { min: 0, max: 100, above: true }, optional: true, setting: 'augmentation.cutmix' },
  jitter: { rule: { min: 0, max: 1 }, optional: true, setting: 'augmentation.colorJitter' },
  patience: { rule: { min: 1, max: ANY, whole: true }, optional: false, setting: 'earlyStopping.patience' },
  minChange: { rule: { min: 0, max: ANY }, optional: false, setting: 'earlyStopping.minChange' },
  hours: { rule: { min: 0, max: ANY, above: true }, optional: true, setting: 'budget.hours' },
  limitTrain: { rule: { min: 1, max: ANY, whole: true }, optional: true, setting: 'limit.train' },
  limitVal: { rule: { min: 1, max: ANY, whole: true }, optional: true, setting: 'limit.val' },
} as const satisfies Record<string, { rule: NumberRule; optional: boolean; setting: string }>;
export type NumberField = keyof typeof NUMBERS;
export const NUMBER_FIELDS: Readonly<
  Record<NumberField, { readonly rule: NumberRule; readonly optional: boolean; readonly setting: string }>
> = NUMBERS;

/** Settings of the host that no number decides, and the field that does. */
const OTHERS: Readonly<Record<string, string>> = {
  'schedule.factor': 'gamma',
  'schedule.epochs': 'milestones',
  'warmUp.epochs': 'warmUpEpochs',
  'model.name': 'models',
  'fineTuning.from': 'startFrom',
  'fineTuning.trains': 'trainedLayers',
  'fineTuning.loads': 'loads',
  'fineTuning.lrFactors': 'lrFactors',
  'fineTuning.unfreeze': 'unfreeze',
};
const BY_SETTING: ReadonlyMap<string, string> = new Map([
  ...Object.entries(NUMBERS).map(([field, { setting }]) => [setting, field] as const),
  ...Object.entries(OTHERS),
]);

/** The field that shows a setting of the host, or the setting's own name. */
export function fieldOfSetting(setting: string): string {
  return BY_SETTING.get(setting) ?? setting;
}
