/** Several runs from one form: lists of values make a grid, several seeds a group. */
import { z } from 'zod';
import { RunRequest, type RunRequestInput } from '../runSpec.ts';

/** Settings that can take a list. */
export const GridField = z.enum([
  'model.name', 'model.options.dropout', 'model.options.dropPath', 'model.options.headWidth', 'model.options.widthFactor', 'model.options.poolGrid', 'dataset', 'batchSize', 'epochs', 'lr', 'seed', 'precision',
  'optimizer.momentum', 'optimizer.beta1', 'optimizer.beta2', 'preprocessing.size', 'augmentation.flip', 'augmentation.cropPadding',
  'weightDecay', 'clipNorm', 'accumulate', 'labelSmoothing', 'averaging.decay', 'augmentation.mixup', 'augmentation.cutmix',
]);
export type GridField = z.infer<typeof GridField>;

export const GridAxis = z.object({ field: GridField, values: z.array(z.union([z.number(), z.string(), z.boolean()])).min(1).max(64) });
export type GridAxis = z.infer<typeof GridAxis>;

export const MAX_RUNS_A_GRID = 256;

export const GridRequest = z.object({ base: RunRequest, axes: z.array(GridAxis).max(6).default([]) });
export type GridRequest = z.infer<typeof GridRequest>;

/** How many runs `axes` make: the product of their lengths. */
export function gridSize(axes: readonly GridAxis[]): number {
  return axes.reduce((product, axis) => product * axis.values.length, 1);
}

/**
 * Every combination, the last axis changing fastest. A run's name gains the values that tell it from the others; without a name the network and data set
 * name it, as for a single run.
 */
export function expandGrid(base: RunRequestInput, axes: readonly GridAxis[]): RunRequestInput[] {
  let requests: { request: RunRequestInput; words: string[] }[] = [{ request: base, words: [] }];
  for (const { field, values } of axes) {
    requests = requests.flatMap(({ request, words }) => values.map((value) => ({
      request: withSetting(request, field.split('.'), value),
      words: values.length > 1 ? [...words, `${field.slice(field.lastIndexOf('.') + 1)} ${String(value)}`] : words,
    })));
  }
  return requests.map(({ request, words }) => (base.name !== undefined && words.length > 0 ? { ...request, name: `${base.name}, ${words.join(', ')}`.slice(0, 200) } : request));
}

function withSetting<T extends object>(target: T, path: readonly string[], value: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return target;
  const inner: unknown = Reflect.get(target, key);
  return { ...target, [key]: rest.length === 0 ? value : withSetting(typeof inner === 'object' && inner !== null ? inner : {}, rest, value) };
}
