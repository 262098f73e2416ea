/** Bytes a folder takes, counted without holding up the host, and remembered for a moment. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const FRESH_MS = 10_000;
const known = new Map<string, { at: number; bytes: Promise<number> }>();

/** 0 where there is no such folder; at most ten seconds old. */
export function folderSize(path: string): Promise<number> {
  const now = performance.now();
  const last = known.get(path);
  if (last && now - last.at < FRESH_MS) return last.bytes;
  const bytes = count(path);
  known.set(path, { at: now, bytes });
  return bytes;
}

async function count(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) total += await count(inner);
    else if (entry.isFile()) total += (await stat(inner).catch(() => null))?.size ?? 0;
  }
  return total;
}
