/** A place beside this machine where runs train: a Slurm cluster, or a workstation that is reached over SSH. */
import { z } from 'zod';

/** As a run request says that it trains on this machine after all. */
export const HERE = 'here';

/** What reaches a command line is checked word by word: none of it can be an option or a command of its own. */
const word = (name: string, pattern: RegExp): z.ZodString =>
  z
    .string()
    .max(200)
    .refine((text) => pattern.test(text), `is no ${name}`);

export const PlaceName = word('name of a place: letters, digits, - and _', /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/);
/** Absolute, without characters that end a line. */
const AbsolutePath = z
  .string()
  .max(4000)
  .refine((path) => /^\/[^\p{Cc}]*$/u.test(path), 'is no absolute path');

/** Options of `sbatch`, as it takes them; what is left out is the cluster's own choice. */
export const SlurmOptions = z.object({
  partition: word('partition', /^[A-Za-z0-9_][A-Za-z0-9_,.-]*$/).optional(),
  account: word('account', /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/).optional(),
  /** `gpu:1`, `gpu:a100:1`. */
  gres: word('gres', /^[A-Za-z0-9_][A-Za-z0-9_:,.=-]*$/).optional(),
  /** `90` minutes, `12:00:00`, `2-00:00:00`. */
  time: word('time limit such as 90, 12:00:00 or 2-00', /^\d+(-\d+(:\d\d){0,2}|(:\d\d){1,2})?$/).optional(),
  /** `16G`. */
  memory: word('amount of memory such as 16G', /^\d+[KMGT]?$/).optional(),
  constraint: word('constraint', /^[A-Za-z0-9_[(][A-Za-z0-9_&|*(),[\].-]*$/).optional(),
  cpus: z.int().min(1).max(4096).optional(),
  /** Seconds before the time limit at which a run is asked to save. */
  saveSeconds: z.int().min(1).max(3600).default(120),
});
export type SlurmOptions = z.infer<typeof SlurmOptions>;

/** How a place is reached that is another machine: by the user's own OpenSSH. No key and no password is kept. */
export const SshOptions = z.object({
  /** As `ssh` takes it: a name of its configuration, or `user@host`. */
  host: word(
    'host such as desk or you@desk.example.org',
    /^([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9_.-]*$/,
  ),
  /** Another configuration than the user's own (`ssh -F`). */
  configFile: AbsolutePath.nullable().default(null),
  /** Whether the data folder is on a file system that both machines share: then nothing is copied. */
  sharesFiles: z.boolean().default(false),
});
export type SshOptions = z.infer<typeof SshOptions>;

const PlaceFields = z.object({
  name: PlaceName.refine((name) => name !== HERE, 'means this machine'),
  /** Null where jobs are started without Slurm, over SSH. */
  slurm: SlurmOptions.nullable().default(null),
  /** Null where Slurm's commands work on this machine. */
  ssh: SshOptions.nullable().default(null),
  /** How many jobs run at once where there is no Slurm. */
  lanes: z.int().min(1).max(64).default(1),
  /** The data folder as the place sees it; null: under the same path as here. */
  dataDir: AbsolutePath.nullable().default(null),
  /** Environment modules that are loaded first. */
  modules: z
    .array(word('module', /^[A-Za-z0-9_][A-Za-z0-9_./+-]*$/))
    .max(20)
    .default([]),
  /**
   * The program `quorum` there; null: this installation, which the place sees under the same path, or over SSH the one
   * that a login shell finds.
   */
  program: AbsolutePath.refine((path) => path.endsWith('/quorum'), 'is no path that ends in /quorum')
    .nullable()
    .default(null),
  /** Whether the first job installs the engine where it is missing. */
  installEngine: z.boolean().default(false),
});
export const Place = PlaceFields.superRefine(({ slurm, ssh, dataDir }, { addIssue }) => {
  if (slurm === null && ssh === null)
    addIssue({ code: 'custom', path: ['ssh', 'host'], message: 'is needed where there is no Slurm' });
  if (ssh !== null && !ssh.sharesFiles && dataDir === null)
    addIssue({ code: 'custom', path: ['dataDir'], message: 'is needed over SSH: a folder on the other machine' });
});
export type Place = z.infer<typeof Place>;

/** One thing that a test of a place found, in words. */
export const PlaceFinding = z.object({
  subject: z.enum(['connection', 'copying', 'scheduler', 'program', 'engine', 'disk']),
  state: z.enum(['good', 'warning', 'missing']),
  words: z.string(),
  /** What to do, where something is to be done. */
  remedy: z.string().nullable(),
});
export type PlaceFinding = z.infer<typeof PlaceFinding>;

/** The name of the place where a run trains; null: this machine. */
export function placeOf({ place }: { readonly place?: string | undefined }): string | null {
  return place === undefined || place === HERE ? null : place;
}
