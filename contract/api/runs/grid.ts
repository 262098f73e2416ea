/** Several runs from one form or one command line: lists of values make a grid, several seeds a group. */
import { z } from 'zod';
import { RunRequest } from '../../runSpec.ts';

export const MAX_RUNS_A_GRID = 256;

export const ManyRuns = z.array(RunRequest).min(1).max(MAX_RUNS_A_GRID);

/** A setting that holds a list. */
export interface GridAxis<T> {
  readonly name: string;
  readonly values: readonly T[];
}

/** One cell of a grid. */
export interface Combination<T> {
  readonly values: ReadonlyMap<string, T>;
  /** What tells it from the others: `lr 0.001, seed 2`; empty where there is only one. */
  readonly words: string;
}

/** How many runs `axes` make: the product of their lengths. */
export function gridSize(axes: readonly { readonly values: readonly unknown[] }[]): number {
  return axes.reduce((product, axis) => product * axis.values.length, 1);
}

/** Every combination, the last axis changing fastest. */
export function combinations<T>(axes: readonly GridAxis<T>[]): Combination<T>[] {
  return axes.reduce<Combination<T>[]>(
    (made, { name, values }) =>
      made.flatMap((cell) =>
        values.map((value) => ({
          values: new Map([...cell.values, [name, value]]),
          words: values.length > 1 ? [cell.words, `${name} ${String(value)}`].filter(Boolean).join(', ') : cell.words,
        })),
      ),
    [{ values: new Map<string, T>(), words: '' }],
  );
}

/**
 * A name of the user's own gains what tells a run from the others; without one the network and data set name it, as for
 * a single run.
 */
export function nameInGrid(name: string, words: string): string {
  return name === '' || words === '' ? name : `${name}, ${words}`.slice(0, 200);
}
