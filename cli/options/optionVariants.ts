/** Options with lists, as the options of a run each. */
import { combinations, type GridAxis, gridSize, MAX_RUNS_A_GRID, nameInGrid } from '../../contract/api/runs/grid.ts';
import { StudioError } from '../../contract/errors.ts';
import type { TrainOptions } from '../trainRequest.ts';
import { LIST_OPTIONS } from './settingOptions.ts';

type Listed<T> = { readonly [K in keyof T]: number extends T[K] ? T[K] | readonly number[] : T[K] };
/** As commander parses them: where one number is meant, several may be given. */
export type ListedOptions = Listed<Omit<TrainOptions, 'repeat'>> & Pick<TrainOptions, 'repeat'>;

/** Options that are a list by nature, and stay one. */
const LISTS: ReadonlySet<string> = new Set([...LIST_OPTIONS, 'lrGroup', 'unfreeze', 'initRename']);

/**
 * Every combination of the options' lists, the last one changing fastest, each under `--repeat` seeds from `--seed`
 * upwards.
 * @throws {StudioError} input.invalid: for more runs than are made at once, and for seeds given twice
 */
export function optionVariants(options: ListedOptions): [TrainOptions, ...TrainOptions[]] {
  const { seed = 0, repeat = 1 } = options;
  const axes = Object.entries(options).flatMap(([name, values]): GridAxis<unknown>[] =>
    Array.isArray(values) && !LISTS.has(name) ? [{ name, values: values }] : [],
  );
  if (repeat > 1) {
    if (typeof seed === 'object')
      throw new StudioError('input.invalid', '--repeat and the list of --seed both name seeds.', {
        remedy: 'Give one of them.',
      });
    axes.push({ name: 'seed', values: Array.from({ length: repeat }, (_, i) => seed + i) });
  }
  const runs = gridSize(axes);
  if (runs > MAX_RUNS_A_GRID)
    throw new StudioError(
      'input.invalid',
      `These lists make ${runs} runs; at most ${MAX_RUNS_A_GRID} are made at once.`,
      { remedy: 'Take fewer values.' },
    );
  return combinations(axes).map(({ values, words }) => ({
    ...options,
    ...Object.fromEntries(values),
    ...(options.name !== undefined && { name: nameInGrid(options.name, words) }),
  })) as unknown as [TrainOptions, ...TrainOptions[]];
}
