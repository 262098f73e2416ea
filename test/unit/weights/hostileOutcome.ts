/** Opens a file made to harm and watches: a typed error, in time, with little memory and no trace on disk. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import { openWeights } from '../../../core/weights/openWeights.ts';

/** Of the processor: how long that takes on a busy machine is another matter. */
const LIMIT_CPU_MS = 10_000;
const LIMIT_BYTES = 512 * 1024 * 1024;
/** Empty between cases. */
export const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
/** A file that hostile commands would create. */
export const canary = join(folder, 'canary');
let before = 0;
beforeAll(() => {
  before = process.resourceUsage().maxRSS * 1024;
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  expect(process.resourceUsage().maxRSS * 1024 - before).toBeLessThan(LIMIT_BYTES);
});

/** Opens and reads everything; the code of the error, or `ok` with what was read. */
export async function outcome(path: string): Promise<{ code: string; message: string; names: string[] }> {
  const started = process.cpuUsage();
  let result = { code: 'ok', message: '', names: [] as string[] };
  try {
    const file = await openWeights(path);
    try {
      for (const tensor of file.tensors.values()) tensor.read();
      result.names = [...file.tensors.keys()];
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    expect(error.remedy).toBeTruthy();
    result = { code: error.code, message: error.message, names: [] };
  }
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(LIMIT_CPU_MS);
  expect(existsSync(canary)).toBe(false);
  return result;
}

export async function outcomeOf(
  content: Uint8Array,
  name = 'weights.bin',
): Promise<{ code: string; message: string; names: string[] }> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const result = await outcome(path);
  expect(readdirSync(folder)).toEqual([name]);
  rmSync(path);
  return result;
}
