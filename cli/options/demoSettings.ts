/** What the demo trains: small enough for a laptop's minutes, the five kinds of network all the same. */
import type { ImportOptions } from '../../contract/dataset.ts';
import type { RunRequestInput } from '../../contract/runSpec.ts';
import type { z } from 'zod';

export const DEMO_MODELS = ['vgg11', 'vgg13', 'vgg16', 'vgg16_c1', 'vgg19'] as const;

interface DemoData {
  /** Folder under resources/samples. */
  readonly folder: string;
  readonly name: string;
  readonly title: string;
  readonly fractions: NonNullable<z.input<typeof ImportOptions>['fractions']>;
}

export type DemoName = 'fashion' | 'emoji';

export const DEMO_DATA: Readonly<Record<DemoName, DemoData>> = {
  fashion: {
    folder: 'fashion-mnist-mini',
    name: 'Fashion-MNIST mini',
    title: 'Fashion-MNIST mini',
    fractions: { val: 0.15, test: 0, seed: 0 },
  },
  emoji: {
    folder: 'noto-emoji',
    name: 'Noto emoji',
    title: 'Noto emoji in 8 groups',
    fractions: { val: 0.15, test: 0.15, seed: 0 },
  },
};

export const DEMO_RUN: Readonly<Record<DemoName, Omit<RunRequestInput, 'dataset' | 'model' | 'name'>>> = {
  fashion: { epochs: 10, batchSize: 32, lr: 1e-3, schedule: { kind: 'cosine' }, augmentation: { flip: true }, seed: 1 },
  emoji: {
    epochs: 12,
    batchSize: 32,
    lr: 1e-3,
    schedule: { kind: 'cosine' },
    augmentation: { flip: true },
    seed: 1,
    preprocessing: { size: 32 },
  },
};

export const DEMO_MODEL_OPTIONS = { widthFactor: 0.25, headWidth: 128 } as const;

/** Pictures on the contact sheet. */
export const DEMO_SHEET = 54;
