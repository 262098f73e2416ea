/** The form of a new run as plain text and switches, and what it becomes: a request, or one for every combination where fields hold lists. */
import { combinations, type GridAxis, gridSize, MAX_RUNS_A_GRID, nameInGrid } from '../../../contract/api/grid.ts';
import type { PresetSettings } from '../../../contract/api/presets.ts';
import { parseNumberList } from '../../../pure/numberList.ts';
import type { NetworkColor } from '../../../contract/preprocessing.ts';
import type { Optimizer, Schedule } from '../../../contract/recipe.ts';
import type { RunRequest, RunRequestInput } from '../../../contract/runSpec.ts';
import {
  emptyFineTuning,
  fillFineTuning,
  type FineTuningField,
  type FineTuningForm,
  readFineTuning,
} from './fineTuningForm.ts';
import { ANY, NUMBER_FIELDS, type NumberField } from './numberFields.ts';
import { type SettingBeyond, settingsBeyond, withBeyond } from './settingsBeyond.ts';

export interface RunForm {
  name: string;
  models: string[];
  dataset: string;
  color: 'auto' | NetworkColor;
  smallInput: boolean;
  optimizer: Optimizer['kind'];
  nesterov: boolean;
  decayAll: boolean;
  schedule: Schedule['kind'];
  /** One cycle: the momentum goes the other way. */
  cycleMomentum: boolean;
  milestones: string;
  flip: boolean;
  trivialAugment: boolean;
  resizedCrop: boolean;
  classWeights: 'none' | 'balanced' | 'sqrt' | 'own';
  /** One number a class, in their order. */
  ownWeights: string;
  balancedSampling: boolean;
  earlyStopping: boolean;
  stopMetric: 'val/loss' | 'val/top1';
  /** Epochs whose checkpoints stay; the others go as newer ones come. */
  keepEpochs: string;
  precision: RunRequest['precision'];
  device: RunRequest['device'];
  fineTuning: FineTuningForm;
  /** Text as typed; a comma makes a list. */
  numbers: Record<NumberField, string>;
  /** Of the preset or run that filled the form: what no field shows goes on from there. */
  beyond: readonly SettingBeyond[];
}

export function emptyForm(): RunForm {
  return {
    name: '',
    models: ['vgg11'],
    dataset: '',
    color: 'auto',
    smallInput: false,
    optimizer: 'adam',
    nesterov: false,
    decayAll: false,
    schedule: 'constant',
    cycleMomentum: false,
    milestones: '30, 60, 90',
    flip: false,
    trivialAugment: false,
    resizedCrop: false,
    classWeights: 'none',
    ownWeights: '',
    beyond: [],
    balancedSampling: false,
    earlyStopping: false,
    stopMetric: 'val/loss',
    keepEpochs: '',
    precision: 'f32',
    device: 'auto',
    fineTuning: emptyFineTuning(),
    numbers: {
      size: '',
      poolGrid: '',
      headWidth: '',
      dropout: '',
      dropPath: '',
      widthFactor: '',
      depthFactor: '',
      batchSize: '64',
      epochs: '50',
      lr: '1e-4',
      seed: '0',
      repeat: '1',
      cropPadding: '0',
      momentum: '0.9',
      beta1: '0.9',
      beta2: '0.999',
      weightDecay: '0',
      clipNorm: '',
      accumulate: '1',
      averaging: '',
      labelSmoothing: '0',
      everyEpochs: '30',
      gamma: '0.1',
      finalFactor: '0',
      power: '1',
      pctStart: '0.3',
      plateauPatience: '10',
      warmUpEpochs: '',
      minArea: '0.08',
      erasing: '',
      mixup: '',
      cutmix: '',
      jitter: '',
      patience: '5',
      minChange: '0',
      hours: '',
      limitTrain: '',
      limitVal: '',
    },
  };
}

/** Only these are asked for at the moment; what is hidden is neither checked nor sent. */
export function usedNumbers(form: RunForm): Set<NumberField> {
  const used = new Set<NumberField>([
    'size',
    'poolGrid',
    'headWidth',
    'dropout',
    'dropPath',
    'widthFactor',
    'depthFactor',
    'batchSize',
    'epochs',
    'lr',
    'seed',
    'repeat',
    'cropPadding',
    'weightDecay',
    'clipNorm',
    'accumulate',
    'averaging',
    'labelSmoothing',
    'erasing',
    'mixup',
    'cutmix',
    'jitter',
    'hours',
    'limitTrain',
    'limitVal',
  ]);
  const add = (...names: NumberField[]): void => {
    for (const name of names) used.add(name);
  };
  if (form.optimizer === 'sgd' || form.optimizer === 'rmsprop') add('momentum');
  if (form.optimizer === 'adam' || form.optimizer === 'adamw') add('beta1', 'beta2');
  if (form.schedule === 'step') add('everyEpochs');
  if (
    form.schedule === 'step' ||
    form.schedule === 'milestones' ||
    form.schedule === 'exponential' ||
    form.schedule === 'plateau'
  )
    add('gamma');
  if (form.schedule === 'cosine' || form.schedule === 'polynomial') add('finalFactor');
  if (form.schedule === 'polynomial') add('power');
  if (form.schedule === 'oneCycle') add('pctStart');
  else add('warmUpEpochs');
  if (form.schedule === 'plateau') add('plateauPatience');
  if (form.resizedCrop) add('minArea');
  if (form.earlyStopping) add('patience', 'minChange');
  return used;
}

export interface FormOutcome {
  /** One for every combination of the lists; none while a field does not hold what it must. */
  readonly requests: readonly RunRequestInput[];
  /** How many runs the lists make, and how many values each of them has. */
  readonly runs: number;
  readonly lists: Partial<Record<NumberField, number>>;
  readonly errors: Partial<
    Record<NumberField | FineTuningField | 'milestones' | 'keepEpochs' | 'ownWeights' | 'dataset' | 'models', string>
  >;
}

/** What the form says now. */
export function readForm(form: RunForm): FormOutcome {
  const errors: FormOutcome['errors'] = {};
  const lists = new Map<NumberField, readonly number[]>();
  const used = usedNumbers(form);
  for (const field of Object.keys(NUMBER_FIELDS) as NumberField[]) {
    if (!used.has(field)) continue;
    const { rule, optional } = NUMBER_FIELDS[field];
    const parsed = parseNumberList(form.numbers[field], rule, optional);
    if (parsed.error !== null) errors[field] = parsed.error;
    else if (parsed.values.length > 0) lists.set(field, parsed.values);
  }
  repeatSeeds(lists, errors);
  const milestones =
    form.schedule === 'milestones' ? parseNumberList(form.milestones, { min: 0, max: ANY, above: true }) : null;
  if (milestones?.error) errors.milestones = milestones.error;
  const kept = parseNumberList(form.keepEpochs, { min: 1, max: ANY, whole: true }, true);
  if (kept.error) errors.keepEpochs = kept.error;
  const ownWeights = form.classWeights === 'own' ? parseWeights(form.ownWeights) : null;
  if (ownWeights?.error) errors.ownWeights = ownWeights.error;
  const fineTuning = readFineTuning(form.fineTuning);
  Object.assign(errors, fineTuning.errors);
  if (!form.dataset) errors.dataset = 'choose a data set';
  if (form.models.length === 0) errors.models = 'choose a network';
  const axes: GridAxis<number | string>[] = [
    { name: NETWORK, values: form.models },
    ...[...lists].map(([name, values]) => ({ name, values })),
  ];
  const long = [...lists].filter(([, values]) => values.length > 1);
  const runs = gridSize(axes);
  if (runs > MAX_RUNS_A_GRID)
    for (const [field] of long) errors[field] = `part of ${runs} runs; at most ${MAX_RUNS_A_GRID} are queued at once`;
  const outcome = { runs, lists: Object.fromEntries(long.map(([field, { length }]) => [field, length])), errors };
  if (Object.keys(errors).length > 0) return { ...outcome, requests: [] };
  const rest = {
    milestones: milestones?.values ?? [],
    ownWeights: ownWeights?.values ?? [],
    keepEpochs: kept.values ?? [],
  };
  return {
    ...outcome,
    requests: combinations(axes).map(({ values, words }) => {
      const { [NETWORK]: network, ...numbers } = Object.fromEntries(values);
      const made = request(form, String(network), numbers, rest);
      return withBeyond(
        {
          ...made,
          ...(made.name !== undefined && { name: nameInGrid(made.name, words) }),
          fineTuning: fineTuning.value,
        },
        form.beyond,
      );
    }),
  };
}

const NETWORK = 'network';

/** As many runs, under seeds one after another from the one given. */
function repeatSeeds(lists: Map<NumberField, readonly number[]>, errors: FormOutcome['errors']): void {
  const [times = 1, ...others] = lists.get('repeat') ?? [];
  const [seed = 0, ...seeds] = lists.get('seed') ?? [];
  lists.delete('repeat');
  if (others.length > 0) errors.repeat = 'takes one number';
  else if (times > 1 && seeds.length > 0) errors.repeat = 'the seeds are a list already';
  else if (times > 1)
    lists.set(
      'seed',
      Array.from({ length: times }, (_, i) => seed + i),
    );
}

function request(
  form: RunForm,
  network: string,
  n: Partial<Record<NumberField, number>>,
  { milestones, ownWeights, keepEpochs }: Record<'milestones' | 'ownWeights' | 'keepEpochs', number[]>,
): RunRequestInput {
  const options = defined({
    poolGrid: n.poolGrid,
    headWidth: n.headWidth,
    dropout: n.dropout,
    dropPath: n.dropPath,
    widthFactor: n.widthFactor,
    depthFactor: n.depthFactor,
    smallInput: form.smallInput || undefined,
  });
  return {
    ...(form.name.trim() && { name: form.name.trim() }),
    model: { name: network, options },
    dataset: form.dataset,
    batchSize: n.batchSize ?? 1,
    epochs: n.epochs ?? 1,
    lr: n.lr ?? 1,
    seed: n.seed ?? 0,
    precision: form.precision,
    device: form.device,
    optimizer: optimizer(form, n),
    schedule: schedule(form, n, milestones),
    augmentation: {
      flip: form.flip,
      cropPadding: n.cropPadding ?? 0,
      ...defined({
        trivialAugment: form.trivialAugment || undefined,
        mixup: n.mixup,
        cutmix: n.cutmix,
        resizedCrop: form.resizedCrop ? { minArea: n.minArea ?? 0.08 } : undefined,
        erasing: n.erasing === undefined ? undefined : { probability: n.erasing },
        colorJitter: n.jitter
          ? { brightness: n.jitter, contrast: n.jitter, saturation: n.jitter, hue: Math.min(0.5, n.jitter / 4) }
          : undefined,
      }),
    },
    earlyStopping: form.earlyStopping
      ? { metric: form.stopMetric, patience: n.patience ?? 1, minChange: n.minChange ?? 0 }
      : null,
    weightDecay: n.weightDecay ?? 0,
    decayAll: form.decayAll,
    clipNorm: n.clipNorm ?? null,
    accumulate: n.accumulate ?? 1,
    averaging: n.averaging === undefined ? null : { decay: n.averaging },
    warmUp: n.warmUpEpochs === undefined ? null : { epochs: n.warmUpEpochs },
    labelSmoothing: n.labelSmoothing ?? 0,
    classWeights: form.classWeights === 'own' ? ownWeights : form.classWeights,
    balancedSampling: form.balancedSampling,
    keepEpochs,
    budget: defined({ hours: n.hours }),
    preprocessing: defined({ size: n.size, color: form.color === 'auto' ? undefined : form.color }),
    limit: defined({ train: n.limitTrain, val: n.limitVal }),
  };
}

function optimizer(form: RunForm, n: Partial<Record<NumberField, number>>): RunRequestInput['optimizer'] {
  switch (form.optimizer) {
    case 'adam':
    case 'adamw':
      return { kind: form.optimizer, ...defined({ beta1: n.beta1, beta2: n.beta2 }) };
    case 'sgd':
      return { kind: 'sgd', nesterov: form.nesterov, ...defined({ momentum: n.momentum }) };
    case 'rmsprop':
      return { kind: 'rmsprop', ...defined({ momentum: n.momentum }) };
  }
}

function schedule(
  form: RunForm,
  n: Partial<Record<NumberField, number>>,
  milestones: number[],
): NonNullable<RunRequestInput['schedule']> {
  switch (form.schedule) {
    case 'constant':
      return { kind: 'constant' };
    case 'step':
      return { kind: 'step', everyEpochs: n.everyEpochs ?? 1, ...defined({ gamma: n.gamma }) };
    case 'milestones':
      return { kind: 'milestones', epochs: milestones, ...defined({ gamma: n.gamma }) };
    case 'exponential':
      return { kind: 'exponential', gamma: n.gamma ?? 1 };
    case 'cosine':
      return { kind: 'cosine', ...defined({ finalFactor: n.finalFactor }) };
    case 'polynomial':
      return { kind: 'polynomial', ...defined({ power: n.power, finalFactor: n.finalFactor }) };
    case 'oneCycle':
      return { kind: 'oneCycle', ...defined({ pctStart: n.pctStart }), ...(form.cycleMomentum && { momentum: {} }) };
    case 'plateau':
      return {
        kind: 'plateau',
        metric: form.stopMetric,
        ...defined({ patience: n.plateauPatience, ...(n.gamma !== undefined && n.gamma < 1 && { factor: n.gamma }) }),
      };
  }
}

/** The network and its shape; options that are left out are empty. */
export function fillNetwork(form: RunForm, { name, options = {} }: RunRequestInput['model']): void {
  form.models = [name];
  form.smallInput = options.smallInput ?? false;
  for (const field of ['poolGrid', 'headWidth', 'dropout', 'dropPath', 'widthFactor', 'depthFactor'] as const)
    form.numbers[field] = String(options[field] ?? '');
}

/** Fills the form with settings; what they leave out keeps its value. */
export function fillForm(form: RunForm, settings: PresetSettings | RunRequestInput): void {
  const { numbers } = form;
  const put = (field: NumberField, value: number | null | undefined): void => {
    if (value !== undefined) numbers[field] = value === null ? '' : String(value);
  };
  if (settings.model) fillNetwork(form, settings.model);
  for (const field of ['batchSize', 'epochs', 'lr'] as const) put(field, settings[field]);
  if (settings.precision) form.precision = settings.precision;
  if (settings.fineTuning !== undefined) fillFineTuning(form.fineTuning, settings.fineTuning);
  if (settings.optimizer) {
    form.optimizer = settings.optimizer.kind;
    if ('momentum' in settings.optimizer) put('momentum', settings.optimizer.momentum);
    if ('beta1' in settings.optimizer) {
      put('beta1', settings.optimizer.beta1);
      put('beta2', settings.optimizer.beta2);
    }
    if (settings.optimizer.kind === 'sgd') form.nesterov = settings.optimizer.nesterov ?? false;
  }
  if (settings.schedule) fillSchedule(form, settings.schedule, put);
  if (settings.augmentation) {
    const augmentation = settings.augmentation;
    form.flip = augmentation.flip ?? false;
    form.trivialAugment = augmentation.trivialAugment ?? false;
    form.resizedCrop = augmentation.resizedCrop !== undefined;
    put('cropPadding', augmentation.cropPadding ?? 0);
    put('minArea', augmentation.resizedCrop?.minArea);
    put('erasing', augmentation.erasing ? (augmentation.erasing.probability ?? 0.25) : null);
    put('mixup', augmentation.mixup ?? null);
    put('cutmix', augmentation.cutmix ?? null);
    put('jitter', augmentation.colorJitter?.brightness ?? null);
  }
  if (settings.earlyStopping !== undefined) {
    form.earlyStopping = settings.earlyStopping !== null;
    form.stopMetric = settings.earlyStopping?.metric ?? form.stopMetric;
    put('patience', settings.earlyStopping?.patience);
    put('minChange', settings.earlyStopping?.minChange);
  }
  if (settings.preprocessing) {
    put('size', settings.preprocessing.size ?? null);
    form.color = settings.preprocessing.color ?? 'auto';
  }
  for (const field of ['weightDecay', 'accumulate', 'labelSmoothing'] as const) put(field, settings[field]);
  for (const field of ['clipNorm', 'averaging', 'warmUp', 'budget'] as const)
    if (settings[field] !== undefined) put(...optionalNumber(field, settings));
  if (settings.keepEpochs) form.keepEpochs = settings.keepEpochs.join(', ');
  form.decayAll = settings.decayAll ?? form.decayAll;
  form.balancedSampling = settings.balancedSampling ?? form.balancedSampling;
  if (settings.classWeights !== undefined) {
    const own = Array.isArray(settings.classWeights);
    form.classWeights = own ? 'own' : (settings.classWeights as 'none' | 'balanced' | 'sqrt');
    form.ownWeights = own ? (settings.classWeights as number[]).join(', ') : '';
  }
  if ('dataset' in settings) fillWhere(form, settings, put);
  form.beyond = [];
  // weights that are yet to be chosen are no reason to lose the rest
  const shown = readForm({
    ...form,
    dataset: form.dataset || '-',
    models: form.models.slice(0, 1),
    fineTuning: emptyFineTuning(),
  }).requests[0];
  if (shown) form.beyond = settingsBeyond(settings, shown);
}

type Put = (field: NumberField, value: number | null | undefined) => void;

function fillSchedule(form: RunForm, schedule: NonNullable<RunRequestInput['schedule']>, put: Put): void {
  form.schedule = schedule.kind;
  if ('gamma' in schedule) put('gamma', schedule.gamma);
  if ('finalFactor' in schedule) put('finalFactor', schedule.finalFactor);
  if (schedule.kind === 'step') put('everyEpochs', schedule.everyEpochs);
  if (schedule.kind === 'milestones') form.milestones = schedule.epochs.join(', ');
  if (schedule.kind === 'polynomial') put('power', schedule.power);
  if (schedule.kind === 'oneCycle') {
    put('pctStart', schedule.pctStart);
    form.cycleMomentum = schedule.momentum !== undefined;
  }
  if (schedule.kind === 'plateau') {
    put('plateauPatience', schedule.patience);
    put('gamma', schedule.factor);
    form.stopMetric = schedule.metric ?? form.stopMetric;
  }
}

/** What these settings have as a number, or nothing. */
function optionalNumber(
  field: 'clipNorm' | 'averaging' | 'warmUp' | 'budget',
  { clipNorm, averaging, warmUp, budget }: PresetSettings | RunRequestInput,
): [NumberField, number | null] {
  switch (field) {
    case 'clipNorm':
      return ['clipNorm', clipNorm ?? null];
    case 'averaging':
      return ['averaging', averaging ? (averaging.decay ?? 0.999) : null];
    case 'warmUp':
      return ['warmUpEpochs', warmUp && 'epochs' in warmUp ? warmUp.epochs : null];
    case 'budget':
      return ['hours', budget?.hours ?? null];
  }
}

/** On what and where: not a preset's business. */
function fillWhere(form: RunForm, run: RunRequestInput, put: Put): void {
  form.dataset = run.dataset;
  form.name = run.name ?? '';
  form.device = run.device ?? 'auto';
  put('seed', run.seed);
  put('repeat', 1);
  put('limitTrain', run.limit?.train ?? null);
  put('limitVal', run.limit?.val ?? null);
}

function parseWeights(text: string): { values: number[]; error: string | null } {
  const values = text
    .split(/[,;\s]+/)
    .filter((word) => word !== '')
    .map(Number);
  const bad = values.find((value) => !(value > 0 && Number.isFinite(value)));
  return {
    values,
    error: values.length === 0 ? 'needs one number a class' : bad === undefined ? null : 'takes numbers above 0',
  };
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
