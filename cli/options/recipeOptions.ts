/** Options of `quorum train` for the recipe: optimizer, schedule, loss, augmentation. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import type { RunRequestInput } from '../../contract/runSpec.ts';
import { decimalNumber, decimalNumbers, wholeNumbers } from './optionValues.ts';

export interface RecipeOptions {
  readonly optimizer?: 'adam' | 'adamw' | 'sgd' | 'rmsprop';
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
  readonly decayAll?: boolean;
  readonly clipNorm?: number;
  readonly accumulate?: number;
  readonly average?: number;
  readonly schedule?:
    'constant' | 'step' | 'milestones' | 'exponential' | 'cosine' | 'polynomial' | 'one-cycle' | 'plateau';
  readonly stepEpochs?: number;
  readonly milestones?: readonly number[];
  readonly gamma?: number;
  readonly finalFactor?: number;
  readonly power?: number;
  readonly pctStart?: number;
  readonly cycleMomentum?: boolean;
  readonly plateauPatience?: number;
  readonly warmUp?: number;
  readonly labelSmoothing?: number;
  readonly classWeights?: 'none' | 'balanced' | 'sqrt' | readonly number[];
  readonly balancedSampling?: boolean;
  readonly flip?: boolean;
  readonly cropPadding?: number;
  readonly resizedCrop?: number | true;
  readonly trivialAugment?: boolean;
  readonly colorJitter?: readonly number[];
  readonly erasing?: number | true;
  readonly mixup?: number;
  readonly cutmix?: number;
  readonly hours?: number;
  readonly keepEpochs?: readonly number[];
}

/** `1,2.5,3`. */
export function numberList(text: string): number[] {
  return text.split(',').map(decimalNumber);
}
function classWeights(text: string): 'none' | 'balanced' | 'sqrt' | number[] {
  if (text === 'none' || text === 'balanced' || text === 'sqrt') return text;
  if (!/^[\d.]/.test(text)) throw new InvalidArgumentError('none, balanced, sqrt, or one number a class with commas.');
  return numberList(text);
}

export function addRecipeOptions(command: Command): Command {
  return command
    .optionsGroup('Recipe:')
    .addOption(new Option('--optimizer <kind>', 'default adam').choices(['adam', 'adamw', 'sgd', 'rmsprop']))
    .option('--momentum <x>', 'of sgd (default 0.9) and rmsprop (default 0)', decimalNumbers)
    .option('--nesterov', 'sgd: look-ahead momentum')
    .option('--weight-decay <x>', 'default 0; not on biases and normalisation', decimalNumbers)
    .option('--decay-all', 'weight decay on biases and normalisation too')
    .option('--clip-norm <x>', 'largest norm of all gradients together', decimalNumbers)
    .option('--accumulate <n>', 'compute each batch in n parts: less memory, same update', wholeNumbers)
    .option('--average <decay>', 'validate and keep an average of the weights, e.g. 0.999', decimalNumbers)
    .addOption(
      new Option('--schedule <kind>', 'of the learning rate; default constant').choices([
        'constant',
        'step',
        'milestones',
        'exponential',
        'cosine',
        'polynomial',
        'one-cycle',
        'plateau',
      ]),
    )
    .option('--step-epochs <n>', 'schedule step: epochs between two drops; default 30', decimalNumbers)
    .option('--milestones <n,n…>', 'schedule milestones: epochs of the drops', numberList)
    .option(
      '--gamma <x>',
      'step, milestones, plateau: factor of a drop, default 0.1; exponential: factor an epoch',
      decimalNumbers,
    )
    .option(
      '--final-factor <x>',
      'cosine, polynomial: ends at this share of the learning rate; default 0',
      decimalNumbers,
    )
    .option('--power <x>', 'schedule polynomial; default 1', decimalNumbers)
    .option('--pct-start <share>', 'schedule one-cycle: share of the run that rises; default 0.3', decimalNumbers)
    .option('--cycle-momentum', 'schedule one-cycle: momentum (Adam: beta1) from 0.95 to 0.85 and back')
    .option(
      '--plateau-patience <n>',
      'schedule plateau: epochs without a better loss before a drop; default 10',
      wholeNumbers,
    )
    .option('--warm-up <epochs>', 'a linear rise of the learning rate first', decimalNumbers)
    .option('--label-smoothing <x>', 'e.g. 0.1', decimalNumbers)
    .option('--class-weights <kind>', 'none, balanced, sqrt, or one number a class with commas', classWeights)
    .option('--balanced-sampling', 'show every class equally often')
    .option('--flip', 'mirror half of the training pictures')
    .option('--crop-padding <pixels>', 'pad by this much, then crop at random', wholeNumbers)
    .option(
      '--resized-crop [area]',
      'crop a random part of at least this share of the area (0.08) and enlarge it',
      decimalNumbers,
    )
    .option('--trivial-augment', 'one random change of fourteen a picture')
    .option('--color-jitter <b,c,s,h>', 'strengths for brightness, contrast, saturation, hue', numberList)
    .option('--erasing [probability]', 'blank a random rectangle in this share of the pictures (0.25)', decimalNumbers)
    .option('--mixup <alpha>', 'blend pairs of pictures, e.g. 0.2', decimalNumbers)
    .option('--cutmix <alpha>', 'paste a part of another picture, e.g. 1', decimalNumbers)
    .option('--keep-epochs <n,n…>', 'keep the checkpoints of these epochs, e.g. 30,60,90,120', numberList)
    .option('--hours <n>', 'end after this much training time', decimalNumbers);
}

type Settings = Record<string, unknown>;

/** The settings that the options name, over `base`; undefined where neither does. */
export function recipeSettings(options: RecipeOptions, base: Readonly<Settings>): Settings {
  const average = options.average === undefined ? base['averaging'] : { decay: options.average };
  return {
    optimizer: chosenOptimizer(options) ?? base['optimizer'],
    schedule: chosenSchedule(options) ?? base['schedule'],
    weightDecay: options.weightDecay ?? base['weightDecay'],
    decayAll: options.decayAll ?? base['decayAll'],
    clipNorm: options.clipNorm ?? base['clipNorm'],
    accumulate: options.accumulate ?? base['accumulate'],
    averaging: average,
    warmUp: options.warmUp === undefined ? base['warmUp'] : options.warmUp > 0 ? { epochs: options.warmUp } : null,
    labelSmoothing: options.labelSmoothing ?? base['labelSmoothing'],
    classWeights: options.classWeights ?? base['classWeights'],
    balancedSampling: options.balancedSampling ?? base['balancedSampling'],
    keepEpochs: options.keepEpochs ?? base['keepEpochs'],
    budget: options.hours === undefined ? base['budget'] : { hours: options.hours },
  };
}

export function augmentationSettings(options: RecipeOptions): Settings {
  const [brightness, contrast, saturation, hue, ...rest] = options.colorJitter ?? [];
  if (rest.length > 0)
    throw new StudioError(
      'input.invalid',
      '--color-jitter takes four numbers at most: brightness, contrast, saturation, hue.',
    );
  return {
    flip: options.flip,
    cropPadding: options.cropPadding,
    resizedCrop:
      options.resizedCrop === undefined
        ? undefined
        : options.resizedCrop === true
          ? {}
          : { minArea: options.resizedCrop },
    trivialAugment: options.trivialAugment,
    colorJitter: options.colorJitter && { brightness, contrast, saturation, hue },
    erasing:
      options.erasing === undefined ? undefined : options.erasing === true ? {} : { probability: options.erasing },
    mixup: options.mixup,
    cutmix: options.cutmix,
  };
}

function chosenOptimizer({ optimizer, momentum, nesterov }: RecipeOptions): RunRequestInput['optimizer'] {
  if (momentum !== undefined && optimizer !== 'sgd' && optimizer !== 'rmsprop')
    throw new StudioError('input.invalid', '--momentum belongs to --optimizer sgd or rmsprop; Adam has none to set.', {
      remedy: 'Add --optimizer sgd, or leave --momentum out.',
    });
  if (nesterov && optimizer !== 'sgd')
    throw new StudioError('input.invalid', '--nesterov belongs to --optimizer sgd.', {
      remedy: 'Add --optimizer sgd, or leave --nesterov out.',
    });
  if (optimizer === 'sgd')
    return { kind: 'sgd', ...(momentum !== undefined && { momentum }), ...(nesterov && { nesterov }) };
  if (optimizer === 'rmsprop') return { kind: 'rmsprop', ...(momentum !== undefined && { momentum }) };
  return optimizer && { kind: optimizer };
}

/** Which schedules know an option, as the command line calls them. */
const SCHEDULE_OPTIONS = {
  stepEpochs: ['step'],
  milestones: ['milestones'],
  gamma: ['step', 'milestones', 'exponential', 'plateau'],
  finalFactor: ['cosine', 'polynomial'],
  power: ['polynomial'],
  pctStart: ['one-cycle'],
  cycleMomentum: ['one-cycle'],
  plateauPatience: ['plateau'],
} as const satisfies Partial<Record<keyof RecipeOptions, readonly string[]>>;

function chosenSchedule(options: RecipeOptions): RunRequestInput['schedule'] {
  const { schedule, stepEpochs, gamma, milestones, finalFactor, power, pctStart, cycleMomentum, plateauPatience } =
    options;
  for (const [option, knownTo] of Object.entries(SCHEDULE_OPTIONS) as [
    keyof typeof SCHEDULE_OPTIONS,
    readonly string[],
  ][]) {
    if (options[option] === undefined || (schedule && knownTo.includes(schedule))) continue;
    throw new StudioError(
      'input.invalid',
      `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} belongs to --schedule ${knownTo.join(', ')}.`,
      { remedy: `Add --schedule ${knownTo[0]}, or leave it out.` },
    );
  }
  switch (schedule) {
    case 'step':
      return { kind: 'step', everyEpochs: stepEpochs ?? 30, ...(gamma !== undefined && { gamma }) };
    case 'milestones':
      if (!milestones)
        throw new StudioError('input.invalid', '--schedule milestones needs the epochs of the drops.', {
          remedy: 'Add --milestones 30,60,80.',
        });
      return { kind: 'milestones', epochs: [...milestones], ...(gamma !== undefined && { gamma }) };
    case 'exponential':
      return { kind: 'exponential', gamma: gamma ?? 0.95 };
    case 'plateau':
      return {
        kind: 'plateau',
        ...(gamma !== undefined && { factor: gamma }),
        ...(plateauPatience !== undefined && { patience: plateauPatience }),
      };
    case 'cosine':
      return { kind: 'cosine', ...(finalFactor !== undefined && { finalFactor }) };
    case 'polynomial':
      return {
        kind: 'polynomial',
        ...(finalFactor !== undefined && { finalFactor }),
        ...(power !== undefined && { power }),
      };
    case 'one-cycle':
      return { kind: 'oneCycle', ...(pctStart !== undefined && { pctStart }), ...(cycleMomentum && { momentum: {} }) };
    case 'constant':
      return { kind: 'constant' };
    case undefined:
      return undefined;
  }
}
