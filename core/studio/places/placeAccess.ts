/** What a place's settings mean: who starts its jobs, how files come there, and which program that is. */
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StudioError } from '../../../contract/errors.ts';
import type { Place } from '../../../contract/place.ts';
import { MirroredFiles } from './mirroredFiles.ts';
import type { PlaceFiles } from './placeFiles.ts';
import type { Scheduler } from './scheduler.ts';
import { shellHere } from './shell.ts';
import { Slurm } from './slurm.ts';
import { SshHost } from './sshHost.ts';
import { Workstation } from './workstation.ts';

export interface PlaceAccess {
  readonly scheduler: Scheduler;
  /** Null where the place sees this machine's files. */
  readonly files: PlaceFiles | null;
  /** Null where the place's commands work on this machine. */
  readonly host: SshHost | null;
  /** The program `quorum` there, with its first arguments. */
  readonly program: readonly string[];
}

/** This installation's program: a shared file system shows it to the place as well. */
const OWN_PROGRAM = [process.execPath, fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))];
/** As a login shell finds it. */
const FOUND_PROGRAM = ['quorum'];

/**
 * @param dataDirHere the data folder of this machine
 * @throws {StudioError} `place.refused`: it is not known what to start there
 */
export function accessTo(place: Place, dataDirHere: string): PlaceAccess {
  const { name, ssh, slurm, dataDir } = place;
  const program = programOf(place);
  const host = ssh === null ? null : new SshHost(name, ssh);
  const mirrors = host !== null && ssh?.sharesFiles === false;
  if (mirrors && dataDir === null) throw new Error('a place over SSH has a data folder');
  const files = host !== null && mirrors && dataDir !== null ? new MirroredFiles(host, dataDir) : null;
  if (slurm !== null) {
    const shell = host?.shell ?? shellHere;
    return { scheduler: new Slurm({ place: { ...place, slurm }, shell, program }), files, host, program };
  }
  if (host === null) throw new Error('a place has Slurm or is reached over SSH');
  const jobsDir = posix.join(dataDir ?? dataDirHere, 'jobs');
  return { scheduler: new Workstation({ place, host, program, jobsDir }), files, host, program };
}

function programOf({ name, program, ssh }: Place): readonly string[] {
  if (program !== null) return [program];
  if (ssh !== null && !ssh.sharesFiles) return FOUND_PROGRAM;
  if (process.versions['electron'] === undefined) return OWN_PROGRAM;
  throw new StudioError('place.refused', `It is not known where the program quorum is at "${name}".`, {
    remedy: 'Set its module or path in Settings → Places.',
  });
}
