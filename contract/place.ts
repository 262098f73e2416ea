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
const Folder = z
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

export const Place = z.object({
  name: PlaceName.refine((name) => name !== HERE, 'means this machine'),
  slurm: SlurmOptions,
  /** The data folder as the nodes see it; null: under the same path as here. */
  dataDir: Folder.nullable().default(null),
  /** Environment modules that are loaded first. */
  modules: z
    .array(word('module', /^[A-Za-z0-9_][A-Za-z0-9_./+-]*$/))
    .max(20)
    .default([]),
  /** The program `quorum` there; null: this installation, which the nodes see under the same path. */
  program: Folder.refine((path) => path.endsWith('/quorum'), 'is no path that ends in /quorum')
    .nullable()
    .default(null),
  /** Whether the first job installs the engine where it is missing. */
  installEngine: z.boolean().default(false),
});
export type Place = z.infer<typeof Place>;

/** The name of the place where a run trains; null: this machine. */
export function placeOf({ place }: { readonly place?: string | undefined }): string | null {
  return place === undefined || place === HERE ? null : place;
}
