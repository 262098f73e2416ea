/** What may change when a run that has begun is resumed: how long and how fast it trains, never what it trains on. */
import type { RunRequestInput } from '../runSpec.ts';

/**
 * Top-level settings of a run request. The batch size is none of them, since the steps counted so far would mean other
 * epochs; nor are the optimizer and the averages, whose variables a checkpoint holds.
 */
export const RESUMED_SETTINGS = [
  'epochs',
  'lr',
  'schedule',
  'warmUp',
  'earlyStopping',
  'budget',
  'keepEpochs',
  'weightDecay',
  'decayAll',
  'clipNorm',
  'labelSmoothing',
  'accumulate',
  'device',
  'shareProcessor',
  'place',
] as const satisfies readonly (keyof RunRequestInput)[];

export type SettingsOnResume = Partial<Pick<RunRequestInput, (typeof RESUMED_SETTINGS)[number]>>;
