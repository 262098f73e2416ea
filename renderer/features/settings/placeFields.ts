/** Which fields the form of a place has, by its kind. */
import type { Place } from '../../../contract/place.ts';

export type PlaceKind = 'workstation' | 'slurm' | 'slurmOverSsh';

export const PLACE_KINDS: Readonly<Record<PlaceKind, { readonly label: string; readonly hint: string }>> = {
  workstation: { label: 'Workstation over SSH', hint: 'ssh must connect without a password' },
  slurm: { label: 'Slurm on this machine', hint: 'Slurm’s commands work here' },
  slurmOverSsh: { label: 'Slurm over SSH', hint: 'The host is a login node' },
};

const SSH: readonly PlaceKind[] = ['workstation', 'slurmOverSsh'];
const SLURM: readonly PlaceKind[] = ['slurm', 'slurmOverSsh'];
const EVERY: readonly PlaceKind[] = ['workstation', 'slurm', 'slurmOverSsh'];

/** `path` is where a place has it. */
const FIELDS = [
  { name: 'name', label: 'Name', hint: 'As runs are sent to it', path: 'name', kinds: EVERY },
  { name: 'host', label: 'Host', hint: 'As ssh takes it: desk, you@desk.example.org', path: 'ssh.host', kinds: SSH },
  { name: 'configFile', label: 'SSH configuration', hint: 'Your own if empty', path: 'ssh.configFile', kinds: SSH },
  { name: 'lanes', label: 'Jobs at once', hint: '1 if empty', path: 'lanes', kinds: ['workstation'] },
  { name: 'partition', label: 'Partition', hint: '', path: 'slurm.partition', kinds: SLURM },
  { name: 'account', label: 'Account', hint: '', path: 'slurm.account', kinds: SLURM },
  { name: 'gres', label: 'Resources', hint: 'gpu:1', path: 'slurm.gres', kinds: SLURM },
  { name: 'time', label: 'Time limit', hint: '90 (minutes), 12:00:00, 2-00', path: 'slurm.time', kinds: SLURM },
  { name: 'memory', label: 'Memory', hint: '16G', path: 'slurm.memory', kinds: SLURM },
  { name: 'constraint', label: 'Constraint', hint: '', path: 'slurm.constraint', kinds: SLURM },
  { name: 'cpus', label: 'Cores', hint: '', path: 'slurm.cpus', kinds: SLURM },
  {
    name: 'saveSeconds',
    label: 'Save before the limit',
    hint: 'Seconds; 120 if empty',
    path: 'slurm.saveSeconds',
    kinds: SLURM,
  },
  { name: 'dataDir', label: 'Data folder there', hint: '', path: 'dataDir', kinds: EVERY },
  { name: 'modules', label: 'Modules to load', hint: 'Separated by spaces', path: 'modules', kinds: EVERY },
  { name: 'program', label: 'Program there', hint: '', path: 'program', kinds: EVERY },
] as const;
export type PlaceFieldName = (typeof FIELDS)[number]['name'];

export interface PlaceField {
  readonly name: PlaceFieldName;
  readonly label: string;
  readonly hint: string;
  readonly path: string;
}

export function fieldsOf(kind: PlaceKind): PlaceField[] {
  const shown: readonly (PlaceField & { readonly kinds: readonly PlaceKind[] })[] = FIELDS;
  return shown.filter(({ kinds }) => kinds.includes(kind)).map((field) => ({ ...field, hint: hintOf(field, kind) }));
}

/** What an empty field means depends on whether the two machines may share their files. */
function hintOf({ name, hint }: PlaceField, kind: PlaceKind): string {
  const here = kind === 'slurm';
  if (name === 'dataDir') return here ? 'The same path as here if empty' : 'An absolute path on the other machine';
  if (name === 'program')
    return `Path that ends in /quorum; ${here ? 'this one' : 'the one a login shell finds'} if empty`;
  return hint;
}

export function kindOfPlace({ slurm, ssh }: Place): PlaceKind {
  return slurm === null ? 'workstation' : ssh === null ? 'slurm' : 'slurmOverSsh';
}

/** What the fields hold at first. */
export function valuesOf(place: Place | null): Record<PlaceFieldName, string> {
  const text = (value: string | number | null | undefined): string => String(value ?? '');
  const { slurm, ssh } = place ?? {};
  return {
    name: text(place?.name),
    host: text(ssh?.host),
    configFile: text(ssh?.configFile),
    lanes: text(place?.lanes),
    partition: text(slurm?.partition),
    account: text(slurm?.account),
    gres: text(slurm?.gres),
    time: text(slurm?.time),
    memory: text(slurm?.memory),
    constraint: text(slurm?.constraint),
    cpus: text(slurm?.cpus),
    saveSeconds: text(slurm?.saveSeconds),
    dataDir: text(place?.dataDir),
    modules: place?.modules.join(' ') ?? '',
    program: text(place?.program),
  };
}
