/** A place in words. */
import type { Place } from '../contract/place.ts';

/** What decides where its jobs run, on one line. */
export function placeWords({ slurm, modules, program, dataDir }: Place): string {
  const { saveSeconds, ...options } = slurm;
  const parts = [
    ...Object.entries(options).map(([name, value]) => `${name} ${value}`),
    `saves ${saveSeconds} s before the time limit`,
    ...(modules.length > 0 ? [`modules ${modules.join(', ')}`] : []),
    ...(program === null ? [] : [program]),
    ...(dataDir === null ? [] : [`data folder ${dataDir}`]),
  ];
  return ['Slurm', ...parts].join(', ');
}
