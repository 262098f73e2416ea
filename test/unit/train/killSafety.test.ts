import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpointName } from '../../../contract/weights/checkpointManifest.ts';
import { keyedRandom } from '../../../core/data/random.ts';
import { loadCheckpoint, newestCheckpoint, readTensors } from '../../../core/train/checkpoint.ts';

/** More for a longer trial: QUORUM_KILLS=100. */
const KILLS = Number(process.env['QUORUM_KILLS'] ?? 12);

describe(`a training process that is killed ${KILLS} times at random moments`, () => {
  it(
    'always has its newest acknowledged checkpoint or a later one, whole, and never loses its best',
    { timeout: 60_000 + KILLS * 10_000 },
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'quorum-kill-'));
      const checkpoints = join(directory, 'checkpoints');
      const random = keyedRandom(7, 'kill');
      let acknowledged = -1;
      let best: number | null = null;
      let saves = 0;
      let whileSaving = 0;
      try {
        for (let kill = 0; kill < KILLS; kill++) {
          const child = fork(join(import.meta.dirname, '../../support/trainUntilKilled.ts'), [directory], {
            stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
          });
          let timer: NodeJS.Timeout | undefined;
          child.on('message', (message: { resumed?: number | null; saved?: number; isBest?: boolean }) => {
            if (message.saved === undefined) {
              expect(message.resumed ?? -1).toBeGreaterThanOrEqual(acknowledged);
              return;
            }
            saves++;
            acknowledged = message.saved;
            if (message.isBest) best = message.saved;
            timer ??= setTimeout(() => child.kill('SIGKILL'), random.int(400));
          });
          await once(child, 'exit');
          clearTimeout(timer);
          expect(child.signalCode, 'the process was still training').toBe('SIGKILL');
          if ((await readdir(checkpoints)).some((name) => name.startsWith('.tmp-'))) whileSaving++;
          const newest = await newestCheckpoint(checkpoints);
          expect(newest?.manifest.seq).toBeGreaterThanOrEqual(acknowledged);
          expect(readTensors(newest?.path ?? '', 'weights.safetensors').size).toBeGreaterThan(0);
          expect((await readdir(checkpoints)).filter((name) => name.startsWith('.'))).toEqual([]);
          const kept = newest?.state.bestSeq ?? best;
          if (kept !== null)
            expect((await loadCheckpoint(join(checkpoints, checkpointName(kept)))).manifest.seq).toBe(kept);
        }
        console.info(
          `${KILLS} kills, ${whileSaving} of them while a checkpoint was being written; ${saves} checkpoints acknowledged, none lost`,
        );
        expect(saves).toBeGreaterThan(KILLS);
        // Otherwise the moments were too tame to show anything.
        if (KILLS >= 12) expect(whileSaving).toBeGreaterThan(0);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  );
});
