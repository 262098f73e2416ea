/** What the demo trains, and on which images. */
import type { ImportOptions } from '../../contract/dataset.ts';
import type { RunRequestInput } from '../../contract/runSpec.ts';
import type { z } from 'zod';
import { findPreset } from '../../core/studio/runs/presets.ts';

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

/** The networks of the form's first preset, one run each. */
export const DEMO_RUNS = findPreset('quickFive').settings;

/** What the images need of their own; the emoji are fewer, and harder to tell apart. */
export const DEMO_CHANGES: Readonly<Record<DemoName, Omit<RunRequestInput, 'dataset' | 'model'>>> = {
  fashion: { seed: 1 },
  emoji: {
    seed: 1,
    epochs: 12,
    batchSize: 32,
    lr: 2e-3,
    schedule: { kind: 'cosine' },
    preprocessing: { size: 32 },
  },
};

/** Pictures on the contact sheet. */
export const DEMO_SHEET = 54;
