/**
 * A training process for tests that kill it: continues the newest checkpoint below argv[2] and tells every checkpoint
 * it saved.
 */
import { join } from 'node:path';
import { newestCheckpoint } from '../../core/train/checkpoint.ts';
import { native, noTensorFlow, webAssembly } from './engines.ts';
import { LENET } from './lenet.ts';
import { attempt, smallSpec } from './smallRun.ts';

const directory = process.argv[2] ?? '';
const spec = smallSpec({ model: LENET, epochs: 100_000, batchSize: 19, averaging: { decay: 0.9 } });
const found = await newestCheckpoint(join(directory, 'checkpoints'));
const engine = noTensorFlow === null ? native() : await webAssembly();
process.send?.({ resumed: found?.manifest.seq ?? null });
await attempt(spec, engine, directory, {
  resumeFrom: found?.path ?? null,
  dieAfter: (event) => {
    if (event.type === 'checkpointSaved')
      process.send?.({ saved: event.checkpoint.seq, isBest: event.checkpoint.isBest });
    return false;
  },
});
