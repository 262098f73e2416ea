/** 20,000 damaged copies of valid files: each opens or ends in a typed error, quickly; nothing else ever happens. */
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import { elementCount } from '../../../core/formats/dtype.ts';
import { openWeights } from '../../../core/weights/openWeights.ts';
import { fixturePath } from './fixtures.ts';

const FILES = [
  'f4.npy',
  'fortran.npy',
  'arrays.npz',
  'compressed.npz',
  'dict_protocol0.npy',
  'dict_protocol2.npy',
  'dict_protocol4.npy',
  'dict_protocol5.npy',
  'vgg16_style_python2.npy',
  'arrays.pkl',
  'state_dict.pth',
  'state_dict_legacy.pth',
  'checkpoint.pth',
  'checkpoint_legacy.pth',
  'views.pth',
  'views_legacy.pth',
  'all.safetensors',
  'latest.h5',
  'lambda.h5',
  'virtual.h5',
  'layouts.h5',
  'net.weights.h5',
  'net.keras',
  'v1.caffemodel',
  'v2.caffemodel',
  'tf2.index',
];
const COPIES = 770;
/** Of the processor: how long that takes on a busy machine is another matter. */
const LIMIT_CPU_MS = 10_000;
const LIMIT_BYTES = 512 * 1024 * 1024;

/** Mulberry32: the same mutations every time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff];

function mutated(original: Buffer, random: () => number): Buffer {
  const pick = (count: number): number => Math.floor(random() * count);
  let copy = Buffer.from(original);
  for (let edits = 1 + pick(6); edits > 0; edits--) {
    // Headers lie at both ends: aim there half of the time.
    const end = Math.min(copy.length, 512);
    const at = Math.max(0, [pick(copy.length), pick(end), copy.length - 1 - pick(end), pick(copy.length)][pick(4)]!);
    switch (pick(6)) {
      case 0:
        copy[at] = pick(256);
        break;
      case 1:
        copy[at] = INTERESTING[pick(INTERESTING.length)]!;
        break;
      case 2:
        copy[at] = (copy[at] ?? 0) ^ (1 << pick(8));
        break;
      case 3:
        copy.fill(INTERESTING[pick(INTERESTING.length)]!, at, Math.min(copy.length, at + 8));
        break;
      case 4:
        copy = Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + pick(8))]);
        break;
      default:
        copy = Buffer.concat([
          copy.subarray(0, at),
          copy.subarray(pick(copy.length), pick(copy.length)),
          copy.subarray(at),
        ]);
    }
  }
  return copy;
}

const folder = mkdtempSync(join(tmpdir(), 'mutations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('mutated files', () => {
  const before = process.resourceUsage().maxRSS * 1024;
  it.each(FILES)('%s', async (name) => {
    const original = readFileSync(fixturePath(name));
    const random = generator(FILES.indexOf(name) + 1);
    const isIndex = name.endsWith('.index');
    const path = join(folder, isIndex ? 'copy.index' : 'copy.bin');
    rmSync(join(folder, 'copy.bin'), { force: true });
    if (isIndex)
      copyFileSync(
        fixturePath(name.replace('.index', '.data-00000-of-00001')),
        join(folder, 'copy.data-00000-of-00001'),
      );
    let refused = 0;
    let slowestMs = 0;
    for (let copy = 0; copy < COPIES; copy++) {
      writeFileSync(path, mutated(original, random));
      const started = process.cpuUsage();
      try {
        const file = await openWeights(path);
        try {
          // a matcher a tensor would take longer than the reading
          for (const [tensorName, tensor] of file.tensors)
            if (tensor.read().length !== elementCount(tensor.shape, tensorName))
              throw new Error(`${tensorName} has not as many elements as its shape says`);
        } finally {
          file.close();
        }
      } catch (error) {
        if (!(error instanceof StudioError)) throw new Error(`copy ${copy} of ${name}`, { cause: error });
        refused++;
      }
      const { user, system } = process.cpuUsage(started);
      slowestMs = Math.max(slowestMs, (user + system) / 1000);
    }
    expect(slowestMs).toBeLessThan(LIMIT_CPU_MS);
    expect(refused).toBeGreaterThan(COPIES / 10);
    expect(readdirSync(folder)).toEqual(isIndex ? ['copy.data-00000-of-00001', 'copy.index'] : ['copy.bin']);
    expect(process.resourceUsage().maxRSS * 1024 - before).toBeLessThan(LIMIT_BYTES);
  });
});
