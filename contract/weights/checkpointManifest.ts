/** What a checkpoint folder says of itself: `manifest.json`, written last, with the hash of every file beside it. */
import { z } from 'zod';
import { CheckpointTrigger } from '../run.ts';

export const CheckpointFile = z.object({
  name: z.enum(['weights.safetensors', 'optimizer.safetensors', 'state.json']),
  sizeBytes: z.int(),
  sha256: z.string(),
});
export type CheckpointFile = z.infer<typeof CheckpointFile>;

export const CheckpointManifest = z.object({
  schema: z.literal(1),
  runId: z.string(),
  seq: z.int(),
  trigger: CheckpointTrigger,
  step: z.int(),
  epoch: z.number(),
  metrics: z.record(z.string(), z.number()),
  files: z.array(CheckpointFile),
  engine: z.string(),
});
export type CheckpointManifest = z.infer<typeof CheckpointManifest>;

export const MANIFEST_FILE = 'manifest.json';

/** `ckpt-000007`; the number is the checkpoint's place in its run. */
export function checkpointName(seq: number): string {
  return `ckpt-${String(seq).padStart(6, '0')}`;
}

/** The number in a checkpoint folder's name; null for anything else. */
export function checkpointSeq(name: string): number | null {
  const found = /^ckpt-(\d+)$/.exec(name);
  return found ? Number(found[1]) : null;
}
