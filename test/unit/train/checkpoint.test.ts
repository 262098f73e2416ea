import { createHash } from 'node:crypto';
import type promises from 'node:fs/promises';
import { cp, mkdtemp, open, readdir, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointName } from '../../../contract/weights/checkpointManifest.ts';
import { StudioError } from '../../../contract/errors.ts';
import {
  checkpointToResume,
  loadCheckpoint,
  newestCheckpoint,
  NO_STATE,
  pruneCheckpoints,
  readTensors,
  saveCheckpoint,
  type CheckpointContent,
} from '../../../core/train/checkpoint.ts';
import { requireCheckpointRoom } from '../../../core/train/checkpointRoom.ts';

/** Operations that write, as they are reached, and the one that is made to fail. */
const fault = vi.hoisted(() => ({ at: Infinity, code: 'ENOSPC', seen: [] as string[] }));

function reach(operation: string): void {
  fault.seen.push(operation);
  if (fault.seen.length === fault.at)
    throw Object.assign(new Error(`${fault.code}: ${operation}`), { code: fault.code });
}

// The real file system, with one operation after another made to fail as a full, broken or write-protected disk does.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  const guarded = (handle: FileHandle): FileHandle =>
    new Proxy(handle, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (key === 'write' || key === 'writeFile' || key === 'sync') {
            // A write that fails has often written a part.
            try {
              reach(String(key));
            } catch (error) {
              return (key === 'sync' ? Promise.resolve() : target.write('part')).then(() => {
                throw error;
              });
            }
          }
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
  return {
    ...real,
    mkdir: async (...args: Parameters<typeof real.mkdir>) => {
      reach('mkdir');
      return real.mkdir(...args);
    },
    rename: async (...args: Parameters<typeof real.rename>) => {
      reach('rename');
      return real.rename(...args);
    },
    open: async (...args: Parameters<typeof real.open>) => {
      reach('open');
      return guarded(await real.open(...args));
    },
  };
});

function content(seq: number, salt = 0): CheckpointContent {
  const values = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i + seq + salt));
  return {
    manifest: {
      runId: 'r',
      seq,
      trigger: 'epoch',
      step: seq * 10,
      epoch: seq,
      metrics: { 'val/loss': 1 },
      engine: 'test',
    },
    state: { ...NO_STATE, step: seq * 10, bestSeq: 0 },
    weights: [
      { name: 'a/kernel', shape: [3, 3, 2, 4], read: () => values(72) },
      { name: 'a/bias', shape: [4], read: () => values(4) },
    ],
    optimizer: [{ name: 'a/bias#m', shape: [4], read: () => values(4) }],
  };
}

let directory: string;
beforeEach(async () => {
  fault.at = Infinity;
  directory = await mkdtemp(join(tmpdir(), 'quorum-checkpoint-'));
  fault.seen = [];
});
afterEach(async () => {
  fault.at = Infinity;
  await rm(directory, { recursive: true, force: true });
});

describe('saving and loading', () => {
  it('brings back manifest, state and tensors', async () => {
    const { path, sizeBytes } = await saveCheckpoint(directory, content(3));
    const loaded = await loadCheckpoint(path);
    expect(loaded.state).toEqual(content(3).state);
    expect(loaded.manifest).toMatchObject({ seq: 3, step: 30, metrics: { 'val/loss': 1 } });
    expect(readTensors(path, 'weights.safetensors').get('a/kernel')).toEqual(content(3).weights[0]?.read());
    expect(sizeBytes).toBe(loaded.manifest.files.reduce((n, f) => n + f.sizeBytes, 0));
    await expect(saveCheckpoint(directory, content(3))).rejects.toMatchObject({ code: 'file.exists' });
  });

  it('a state of before the plateau schedule still loads', async () => {
    const { path } = await saveCheckpoint(directory, content(0));
    const file = join(path, 'state.json');
    const { plateau: _, ...older } = JSON.parse(await readFile(file, 'utf8')) as { plateau: unknown };
    const text = JSON.stringify(older);
    const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')) as {
      files: { name: string; sizeBytes: number; sha256: string }[];
    };
    await writeFile(file, text);
    for (const f of manifest.files)
      if (f.name === 'state.json')
        Object.assign(f, { sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') });
    await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest));
    expect((await loadCheckpoint(path)).state).toEqual(content(0).state);
  });

  it('keeps the last two, the best and the pinned', async () => {
    for (let seq = 0; seq < 7; seq++) await saveCheckpoint(directory, content(seq));
    expect(await pruneCheckpoints(directory, [1, 3])).toEqual([0, 2, 4]);
    expect((await readdir(directory)).sort()).toEqual([1, 3, 5, 6].map(checkpointName));
  });
});

const FAULTS = {
  ENOSPC: 'file.diskFull',
  EDQUOT: 'file.diskFull',
  EROFS: 'file.noPermission',
  EACCES: 'file.noPermission',
  EIO: 'file.unreachable',
} as const;

describe('a fault at any point of a save', () => {
  it('there are such points: folders, files, writes, syncs and the rename', async () => {
    await saveCheckpoint(directory, content(0));
    expect(fault.seen.length).toBeGreaterThan(20);
    for (const operation of ['mkdir', 'open', 'write', 'sync', 'rename']) expect(fault.seen).toContain(operation);
  });

  it.each(Object.entries(FAULTS))(
    '%s is told, leaves no rest and never harms the checkpoints before',
    async (code, expected) => {
      await saveCheckpoint(directory, content(0));
      fault.seen = [];
      await saveCheckpoint(directory, content(1));
      const points = fault.seen.length;
      const before = await Promise.all(
        [0, 1].map((seq) => readFile(join(directory, checkpointName(seq), 'manifest.json'), 'utf8')),
      );
      for (let at = 1; at <= points; at++) {
        Object.assign(fault, { at, code, seen: [] });
        const error: unknown = await saveCheckpoint(directory, content(2)).then(
          () => null,
          (e: unknown) => e,
        );
        fault.at = Infinity;
        expect(error, `operation ${at} of ${points} (${fault.seen.at(-1)})`).not.toBeNull();
        if (expected)
          expect(error instanceof StudioError ? error.code : error, `operation ${at} (${fault.seen.at(-1)})`).toBe(
            expected,
          );
        const left = (await readdir(directory)).sort();
        const newest = await newestCheckpoint(directory);
        // Only the sync of the folder comes after the rename: the checkpoint is whole then, and its loss in a power cut
        // what the error is about.
        expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
        expect(left.slice(0, 2)).toEqual([0, 1].map(checkpointName));
        expect(newest?.manifest.seq, `operation ${at}`).toBe(left.length === 3 ? 2 : 1);
        expect(
          await Promise.all(
            [0, 1].map((seq) => readFile(join(directory, checkpointName(seq), 'manifest.json'), 'utf8')),
          ),
        ).toEqual(before);
        await rm(join(directory, checkpointName(2)), { recursive: true, force: true });
      }
      await saveCheckpoint(directory, content(2));
      expect((await newestCheckpoint(directory))?.manifest.seq).toBe(2);
    },
  );
});

describe('a damaged newest checkpoint', () => {
  it.each(['weights.safetensors', 'optimizer.safetensors', 'state.json', 'manifest.json'])(
    '%s with a bit turned over at any of twenty places, cut short, or gone: the one before is taken',
    async (file) => {
      await saveCheckpoint(directory, content(0));
      const { path } = await saveCheckpoint(directory, content(1));
      const whole = join(directory, '.kept');
      await cp(path, whole, { recursive: true });
      const bytes = await readFile(join(path, file));
      const harms = [
        ...Array.from({ length: 20 }, (_, k) => {
          const at = Math.floor((k * (bytes.length - 1)) / 19);
          const harmed = Buffer.from(bytes);
          harmed[at] = (harmed[at] ?? 0) ^ 64;
          return harmed;
        }),
        bytes.subarray(0, bytes.length >> 1),
        Buffer.alloc(0),
        null,
      ];
      for (const [k, harmed] of harms.entries()) {
        if (harmed) await writeFile(join(path, file), harmed);
        else await rm(join(path, file));
        const newest = await newestCheckpoint(directory);
        // The manifest's own words (a metric's digits) carry no hash; what it says of the files does.
        if (file !== 'manifest.json' || k >= 20) expect(newest?.manifest.seq, `harm ${k}`).toBe(0);
        else expect([0, 1, 3]).toContain(newest?.manifest.seq);
        for (const name of await readdir(directory))
          if (name !== checkpointName(0) && name !== '.kept') await rm(join(directory, name), { recursive: true });
        await cp(whole, path, { recursive: true });
      }
    },
  );
});

describe('what a run continues from', () => {
  it('is the newest whole one, whoever was told of it, and nothing whole makes way', async () => {
    expect(await checkpointToResume(directory)).toBeNull();
    for (let seq = 0; seq < 4; seq++) await saveCheckpoint(directory, content(seq));
    expect(await checkpointToResume(directory)).toMatchObject({ manifest: { seq: 3 }, setAside: [] });
    expect((await readdir(directory)).sort()).toEqual([0, 1, 2, 3].map(checkpointName));
  });

  it('is the one before it where that is damaged', async () => {
    for (let seq = 0; seq < 3; seq++) await saveCheckpoint(directory, content(seq));
    await rm(join(directory, checkpointName(2), 'optimizer.safetensors'));
    expect(await checkpointToResume(directory)).toMatchObject({
      manifest: { seq: 1 },
      setAside: [checkpointName(2)],
    });
    await rm(join(directory, checkpointName(0)), { recursive: true });
    await rm(join(directory, checkpointName(1)), { recursive: true });
    expect(await checkpointToResume(directory)).toBeNull();
  });
});

describe('room on the disk', () => {
  it('is asked for before a run: twice a checkpoint and 512 MiB', async () => {
    await expect(requireCheckpointRoom(directory, 100 * 2 ** 20, 711 * 2 ** 20)).rejects.toMatchObject({
      code: 'file.diskFull',
      details: { neededBytes: 712 * 2 ** 20 },
    });
    await requireCheckpointRoom(directory, 100 * 2 ** 20, 712 * 2 ** 20);
    await requireCheckpointRoom(directory, 1024);
    await expect(requireCheckpointRoom(directory, 2 ** 60)).rejects.toThrow(/free/);
  });

  it('the file handles of a failed save are closed', async () => {
    const before = (await readdir('/proc/self/fd').catch(() => [])).length;
    Object.assign(fault, { at: 8, code: 'EIO', seen: [] });
    await saveCheckpoint(directory, content(0)).catch(() => undefined);
    fault.at = Infinity;
    expect((await readdir('/proc/self/fd').catch(() => [])).length).toBeLessThanOrEqual(before);
    await (await open(join(directory, 'x'), 'w')).close();
  });
});
