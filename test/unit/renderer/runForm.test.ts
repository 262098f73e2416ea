import { describe, expect, test } from 'vitest';
import { RunRequest } from '../../../contract/runSpec.ts';
import { parseNumberList } from '../../../pure/numberList.ts';
import { PRESETS } from '../../../core/studio/runs/presets.ts';
import { settingsDiff } from '../../../pure/settingsDiff.ts';
import { fieldOfSetting } from '../../../renderer/features/newRun/fieldOfSetting.ts';
import { chooseKind, fillForm } from '../../../renderer/features/newRun/fillForm.ts';
import { readForm } from '../../../renderer/features/newRun/readForm.ts';
import { emptyForm, NUMBER_ROWS, type NumberField, type RunForm } from '../../../renderer/features/newRun/runForm.ts';

function form(change: (form: RunForm) => void = () => undefined): RunForm {
  const made = emptyForm();
  made.dataset = 'd-1';
  change(made);
  return made;
}

describe('a list of numbers', () => {
  const whole = { min: 1, max: 100, whole: true };
  test.each([
    ['64', [64]],
    ['1e1, 20;30', [10, 20, 30]],
    ['1-4', [1, 2, 3, 4]],
    ['2, 2', [2]],
    [' 7 ,', [7]],
  ])('%s', (text, values) => {
    expect(parseNumberList(text, whole)).toEqual({ values, error: null });
  });
  test.each([
    ['', 'Enter a number'],
    ['a', 'Enter a number'],
    ['0', 'Enter a whole number from 1 to 100'],
    ['1.5', 'Enter a whole number from 1 to 100'],
    ['5-2', '“5-2” is not a range of at most 64 numbers'],
  ])('refuses %j', (text, error) => {
    expect(parseNumberList(text, whole)).toEqual({ values: null, error });
  });
  test('an open end stays open', () => {
    expect(parseNumberList('1', { min: 0, max: 1, below: true }).error).toBe('Enter a number from 0 to below 1');
    expect(parseNumberList('', { min: 0, max: 1 }, true)).toEqual({ values: [], error: null });
  });
});

describe('the form of a new run', () => {
  test('becomes a request that the host accepts', () => {
    const { requests, runs, lists, errors } = readForm(form());
    expect(errors).toEqual({});
    expect([requests.length, runs, lists]).toEqual([1, 1, {}]);
    expect(RunRequest.parse(requests[0])).toMatchObject({
      model: { name: 'vgg11', options: {} },
      batchSize: 64,
      epochs: 50,
      lr: 1e-4,
      optimizer: { kind: 'adam' },
      schedule: { kind: 'constant' },
      earlyStopping: null,
    });
  });

  test('lists and several networks make a grid, whose every cell is a request', () => {
    const { requests, runs, lists } = readForm(
      form((one) => {
        one.name = 'mine';
        one.models = ['vgg11', 'vgg13'];
        one.numbers.lr = '1e-3, 1e-4';
        one.numbers.seed = '1-3';
      }),
    );
    expect([runs, lists]).toEqual([12, { lr: 2, seed: 3 }]);
    const cells = requests.map((request) => RunRequest.parse(request));
    expect(new Set(cells.map(({ model, lr, seed }) => `${model.name} ${lr} ${seed}`)).size).toBe(12);
    expect(cells[0]?.name).toBe('mine, network vgg11, lr 0.001, seed 1');
    expect(new Set(cells.map(({ name }) => name)).size).toBe(12);
  });

  test('every number takes a list, and every run of it is told from the others by that setting', () => {
    const where = (field: NumberField): Partial<RunForm> => ({
      optimizer: field === 'momentum' ? 'sgd' : 'adam',
      resizedCrop: field === 'minArea',
      randAugment: field === 'randMagnitude',
      earlyStopping: true,
      schedule:
        (
          {
            everyEpochs: 'step',
            gamma: 'plateau',
            finalFactor: 'cosine',
            power: 'polynomial',
            pctStart: 'oneCycle',
            plateauPatience: 'plateau',
          } as const
        )[field as string] ?? 'constant',
    });
    for (const [field, { range }] of NUMBER_ROWS) {
      if (field === 'repeat') continue;
      const values = range.whole ? [12, 8] : [0.5, 0.25];
      const { requests, errors } = readForm(
        form((one) => {
          Object.assign(one, where(field));
          one.numbers[field] = values.join(', ');
        }),
      );
      expect([field, errors, requests.length]).toEqual([field, {}, 2]);
      const [one, other] = requests.map((request) =>
        settingsDiff([RunRequest.parse(request), RunRequest.parse(requests[0])])
          .filter(({ differs }) => differs)
          .map(({ setting }) => setting),
      );
      expect(one, field).toEqual([]);
      expect(other?.length, field).toBeGreaterThan(0);
      expect(
        other?.every((setting) => fieldOfSetting(setting) === field || field === 'jitter'),
        `${field}: ${other?.join()}`,
      ).toBe(true);
    }
  });

  test('repeats are seeds from the first one upwards', () => {
    expect(
      readForm(
        form((one) => {
          one.numbers.seed = '7';
          one.numbers.repeat = '3';
        }),
      ).requests.map(({ seed }) => seed),
    ).toEqual([7, 8, 9]);
    expect(
      readForm(
        form((one) => {
          one.numbers.seed = '1, 5';
          one.numbers.repeat = '3';
        }),
      ).errors,
    ).toEqual({ repeat: 'The seeds are a list already' });
    expect(
      readForm(
        form((one) => {
          one.numbers.repeat = '2, 3';
        }),
      ).errors,
    ).toEqual({ repeat: 'Enter one number' });
  });

  test('too many runs are refused before they are made', () => {
    const { requests, runs, errors } = readForm(
      form((one) => {
        one.numbers.lr = '1e-3, 1e-4, 1e-5, 1e-6, 1e-7';
        one.numbers.seed = '1-60';
      }),
    );
    expect([requests, runs]).toEqual([[], 300]);
    expect(errors).toEqual({
      lr: 'part of 300 runs; at most 256 are queued at once',
      seed: 'part of 300 runs; at most 256 are queued at once',
    });
  });

  test.each(['constant', 'step', 'milestones', 'exponential', 'cosine', 'polynomial', 'oneCycle', 'plateau'] as const)(
    'schedule %s',
    (schedule) => {
      expect(
        RunRequest.parse(
          readForm(
            form((one) => {
              one.schedule = schedule;
            }),
          ).requests[0],
        ).schedule.kind,
      ).toBe(schedule);
    },
  );

  test('what is hidden is neither checked nor sent', () => {
    const {
      requests: [base],
      errors,
    } = readForm(
      form((one) => {
        one.numbers.momentum = 'nonsense';
        one.numbers.patience = '';
      }),
    );
    expect(errors).toEqual({});
    expect(base?.optimizer).toEqual({ kind: 'adam', beta1: 0.9, beta2: 0.999 });
    expect(
      readForm(
        form((one) => {
          one.optimizer = 'sgd';
          one.numbers.momentum = 'nonsense';
        }),
      ).errors,
    ).toEqual({ momentum: 'Enter a number' });
  });

  test('a run fills the form and comes out as it was', () => {
    const request = RunRequest.parse({
      name: 'again',
      model: { name: 'vgg16', options: { widthFactor: 0.25, headWidth: 128 } },
      dataset: 'd-1',
      batchSize: 32,
      epochs: 7,
      lr: 0.01,
      optimizer: { kind: 'sgd', momentum: 0.8, nesterov: true },
      schedule: { kind: 'step', everyEpochs: 3, gamma: 0.2 },
      augmentation: { flip: true, cropPadding: 4, erasing: { probability: 0.3 }, mixup: 0.2 },
      earlyStopping: { patience: 3, metric: 'val/top1' },
      weightDecay: 5e-4,
      clipNorm: 1,
      averaging: { decay: 0.99 },
      warmUp: { epochs: 2 },
      labelSmoothing: 0.1,
      precision: 'bf16',
      device: 'cpu',
      seed: 9,
      preprocessing: { size: 48 },
      limit: { train: 100 },
      budget: { hours: 2 },
      keepEpochs: [3, 5, 7],
    });
    const filled = form();
    fillForm(filled, request);
    expect(RunRequest.parse(readForm(filled).requests[0])).toEqual(request);
  });

  test('another optimizer or schedule brings its usual settings', () => {
    const made = form();
    const chosen = () => RunRequest.parse(readForm(made).requests[0]);
    chooseKind(made, 'optimizer', 'lion');
    expect(chosen().optimizer).toEqual({ kind: 'lion', beta1: 0.9, beta2: 0.99 });
    chooseKind(made, 'optimizer', 'adam');
    expect(chosen().optimizer).toMatchObject({ kind: 'adam', beta2: 0.999 });
    chooseKind(made, 'schedule', 'exponential');
    expect(chosen().schedule).toEqual({ kind: 'exponential', gamma: 0.95 });
    chooseKind(made, 'schedule', 'milestones');
    expect(chosen().schedule).toMatchObject({ kind: 'milestones', epochs: [30, 60, 90] });
  });

  test('kept checkpoints are epochs, ranges too', () => {
    expect(
      readForm(
        form((one) => {
          one.keepEpochs = '5, 10-12';
        }),
      ).requests[0]?.keepEpochs,
    ).toEqual([5, 10, 11, 12]);
    expect(
      readForm(
        form((one) => {
          one.keepEpochs = '0';
        }),
      ).errors.keepEpochs,
    ).toMatch(/^Enter a whole number/);
  });

  test('every preset comes out of the form as it went in', () => {
    for (const { name, settings } of PRESETS) {
      const filled = form();
      const [first] = settings;
      if (!first) continue;
      fillForm(filled, first);
      const { seed, ...asked } = RunRequest.parse({ ...first, dataset: 'd-1' });
      if (asked.fineTuning) {
        expect(readForm(filled).errors, name).toEqual({ startFrom: 'Choose weights: without them every layer is new' });
        asked.fineTuning.from = filled.fineTuning.from = { kind: 'imported', weights: 'w-1' };
      }
      expect(RunRequest.parse(readForm(filled).requests[0]), name).toMatchObject(asked);
    }
  });

  test('one preset after another leaves nothing of the first', () => {
    const filled = form();
    const last = PRESETS.find((one) => one.name === 'publishedVgg11')?.settings[0];
    for (const { settings } of PRESETS) if (settings[0]) fillForm(filled, settings[0]);
    if (last) fillForm(filled, last);
    expect(RunRequest.parse(readForm(filled).requests[0])).toEqual(RunRequest.parse({ ...last, dataset: 'd-1' }));
  });

  test('what the form does not show is kept until the form contradicts it', () => {
    const request = RunRequest.parse({
      model: { name: 'resnet18', options: { dropPath: 0.1 } },
      dataset: 'd-1',
      optimizer: { kind: 'adamw', epsilon: 1e-6 },
      warmUp: { epochs: 3, startFactor: 0.2 },
      classWeights: [1, 2],
      decayAll: true,
      averaging: { decay: 0.9, warmUp: false },
      schedule: { kind: 'cosine', finalFactor: 0.1 },
      augmentation: {
        colorJitter: { brightness: 0.4, contrast: 0.1, saturation: 0, hue: 0 },
        erasing: { probability: 0.5, maxArea: 0.2 },
      },
      preprocessing: { size: 64, mean: [1, 2, 3], std: [1, 1, 1], color: 'bgr' },
    });
    const filled = form();
    const again = () => RunRequest.parse(readForm(filled).requests[0]);
    fillForm(filled, request);
    expect(again()).toEqual(request);
    filled.optimizer = 'sgd';
    filled.numbers.erasing = '';
    filled.numbers.jitter = '0.2';
    expect(again().optimizer).toEqual({ kind: 'sgd', momentum: 0.9, nesterov: false });
    expect(again().augmentation).toMatchObject({
      colorJitter: { brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.05 },
    });
    expect(again().augmentation).not.toHaveProperty('erasing');
    expect(again().preprocessing).toMatchObject({ mean: [1, 2, 3], color: 'bgr' });
  });

  test("one cycle of rate and momentum; class weights of one's own", () => {
    const {
      requests: [base],
      errors,
    } = readForm(
      form((one) => {
        one.schedule = 'oneCycle';
        one.cycleMomentum = true;
        one.classWeights = 'own';
        one.ownWeights = '1, 0.5; 2';
      }),
    );
    expect(errors).toEqual({});
    expect(RunRequest.parse(base)).toMatchObject({
      schedule: { kind: 'oneCycle', momentum: { base: 0.85, max: 0.95 } },
      classWeights: [1, 0.5, 2],
    });
    expect(
      readForm(
        form((one) => {
          one.classWeights = 'own';
          one.ownWeights = '1, -1';
        }),
      ).errors,
    ).toEqual({ ownWeights: 'Enter a number above 0' });
  });
});

describe('weights to start from', () => {
  const FROM = { kind: 'run', run: 'r-1', checkpoint: 'best' } as const;
  test('nothing chosen is no fine-tuning', () => {
    expect(readForm(form()).requests[0]?.fineTuning).toBeNull();
  });
  test('choices become a request, and come back', () => {
    const made = form((one) => {
      Object.assign(one.fineTuning, {
        from: FROM,
        head: 'new',
        trains: 'except',
        layers: 'conv*, bn*',
        loads: 'conv*',
        lrFactors: 'head=10, conv1*=0.1',
        unfreeze: '2:conv5*, 5:*',
      });
    });
    const {
      requests: [base],
    } = readForm(made);
    const { fineTuning } = RunRequest.parse(base);
    expect(fineTuning).toEqual({
      from: FROM,
      newHead: true,
      loads: 'conv*',
      trains: { kind: 'except', layers: 'conv*, bn*' },
      lrFactors: [
        { layers: 'head', factor: 10 },
        { layers: 'conv1*', factor: 0.1 },
      ],
      unfreeze: [
        { epoch: 2, layers: 'conv5*' },
        { epoch: 5, layers: '*' },
      ],
    });
    const again = emptyForm();
    if (base) fillForm(again, base);
    expect(again.fineTuning).toEqual(made.fineTuning);
  });
  test.each([
    ['trainedLayers', { trains: 'only', layers: ' ' }],
    ['lrFactors', { lrFactors: 'head' }],
    ['lrFactors', { lrFactors: 'head=0' }],
    ['unfreeze', { trains: 'only', layers: 'head', unfreeze: 'conv5*' }],
    ['startFrom', { head: 'new' }],
  ])('%s says what is wrong', (field, change) => {
    const {
      requests: [base],
      errors,
    } = readForm(
      form((one) => {
        Object.assign(one.fineTuning, change);
      }),
    );
    expect([base, Object.keys(errors)]).toEqual([undefined, [field]]);
  });
  test('a preset that wants weights keeps those that were chosen; another one lets them go', () => {
    const made = form((one) => {
      one.fineTuning.from = FROM;
    });
    fillForm(made, PRESETS.find(({ name }) => name === 'cifar10-fine-tune')!.settings[0]!);
    expect(readForm(made).requests[0]?.fineTuning).toMatchObject({ from: FROM, newHead: true });
    fillForm(made, PRESETS[0]!.settings[0]!);
    expect(readForm(made).requests[0]?.fineTuning).toBeNull();
  });
});
