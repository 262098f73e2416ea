/** A place in words. */
import type { Place } from '../contract/place.ts';
import { plural } from './plural.ts';

/** What decides where its jobs run, on one line. */
export function placeWords({ slurm, ssh, lanes, modules, program, dataDir }: Place): string {
  const parts = [
    ...(ssh === null ? [] : [`over SSH to ${ssh.host}`]),
    ...(slurm === null ? [`${plural(lanes, 'job')} at once`] : slurmWords(slurm)),
    ...(modules.length > 0 ? [`modules ${modules.join(', ')}`] : []),
    ...(program === null ? [] : [program]),
    ...(dataDir === null ? [] : [`data folder ${dataDir}`]),
    ...(ssh?.sharesFiles ? ['shared file system'] : []),
  ];
  return [slurm === null ? 'Workstation' : 'Slurm', ...parts].join(', ');
}

function slurmWords({ saveSeconds, ...options }: NonNullable<Place['slurm']>): string[] {
  const given = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  return [...given, `saves ${saveSeconds} s before the time limit`];
}
