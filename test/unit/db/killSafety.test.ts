import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { keyedRandom } from '../../../core/data/random.ts';
import { createMetricRepository } from '../../../core/db/metricRepository.ts';
import { createRunRepository } from '../../../core/db/runs/runRepository.ts';
import { exampleSpec } from './examples.ts';
import { temporaryDatabase } from './fixtures.ts';

/** More for a longer trial: QUORUM_KILLS=100. */
const KILLS = Number(process.env['QUORUM_KILLS'] ?? 3);
const WRITER = fileURLToPath(new URL('./writeUntilKilled.ts', import.meta.url));

/** Kills a writer `afterMs` after its first batch; returns the last batch it said was stored. */
async function killedWriter(path: string, runId: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, path, runId], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    output += text;
  });
  await new Promise((resolve) => child.on('close', resolve));
  return Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
}

test(
  `what was acknowledged survives ${KILLS} times kill -9; half a batch never appears`,
  { timeout: 30_000 + KILLS * 5000 },
  async () => {
    const random = keyedRandom(3, 'kill');
    const { db, path } = await temporaryDatabase();
    const runs = createRunRepository(db);
    for (let i = 0; i < KILLS; i++) {
      const id = `r-${i}`;
      const afterMs = random.int(60);
      await runs.create({ id, spec: exampleSpec() });
      const acknowledged = await killedWriter(path, id, afterMs);
      const stored = await createMetricRepository(db).list(id);
      expect(stored.length % 50).toBe(0);
      expect(stored.length).toBeGreaterThanOrEqual((acknowledged + 1) * 50);
    }
    const check = new Sqlite(path, { readonly: true });
    expect(check.pragma('integrity_check', { simple: true })).toBe('ok');
    check.close();
  },
);
