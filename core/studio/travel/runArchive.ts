/** An archive of runs: the names it may hold, and its list of files with their hashes. */
import { z } from 'zod';
import { Split } from '../../../contract/dataset.ts';
import { MANIFEST_FILE } from '../../../contract/weights/checkpointManifest.ts';

/** The one folder at the top of an archive. */
export const TOP = 'quorum-runs';
/** Lists all other files. */
export const LIST = 'archive.json';

const ID = '[a-z]{1,2}-[0-9a-z-]{1,40}';
const NAMES = [
  LIST,
  `runs/${ID}/(spec\\.json|journal\\.jsonl)`,
  `runs/${ID}/checkpoints/ckpt-\\d{6}/(${MANIFEST_FILE}|weights\\.safetensors|optimizer\\.safetensors|state\\.json)`,
  `evaluations/${ID}/(record\\.json|probabilities\\.f32|predictions\\.json)`,
  `(datasets|ensembles)/${ID}\\.json`,
];
/** What a file of an archive can be called, below its top folder. */
export const ALLOWED_NAME = new RegExp(`^(${NAMES.map((name) => `(${name})`).join('|')})$`);

const Id = z.string().regex(new RegExp(`^${ID}$`));

export const ArchiveList = z.object({
  schema: z.literal(1),
  createdAt: z.string(),
  runs: z.array(Id).min(1).max(10_000),
  evaluations: z.array(Id).max(100_000),
  datasets: z.array(Id).max(10_000),
  /** Archives of earlier versions have none. */
  ensembles: z.array(Id).max(10_000).default([]),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.int(), sha256: z.string() })).max(500_000),
});
export type ArchiveList = z.infer<typeof ArchiveList>;

/** The images that a run was trained on, without their bytes: enough to know them again elsewhere. */
export const ImageList = z.object({
  id: Id,
  name: z.string(),
  fingerprint: z.string(),
  classIds: z.array(z.string()),
  splits: z.partialRecord(
    Split,
    z.object({
      paths: z.array(z.string()),
      labels: z.array(z.int()),
      /** Of each image's bytes; left out for record files, and by imports of earlier versions. */
      contentKeys: z.array(z.number()).optional(),
    }),
  ),
});
export type ImageList = z.infer<typeof ImageList>;
