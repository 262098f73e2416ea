/**
 * Mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019) on a batch of bytes, with timm's handling of shares: one share
 * a batch, partners in reverse order.
 */
import { keyedRandom, type KeyedRandom } from '../random.ts';

export interface MixOptions {
  readonly mixup?: number | undefined;
  readonly cutmix?: number | undefined;
}

/**
 * Mixes the `count` pictures of `size × size × channels` in place; returns the share of the own picture. Keyed by
 * (seed, epoch, step).
 */
export function mixBatch(
  images: Uint8Array,
  count: number,
  size: number,
  channels: number,
  { mixup, cutmix }: MixOptions,
  seed: number,
  epoch: number,
  step: number,
): number {
  const random = keyedRandom(seed, 'mix', epoch, step);
  const cuts = cutmix !== undefined && (mixup === undefined || random.int(2) === 1);
  const lam = beta(random, (cuts ? cutmix : mixup) ?? 1);
  const bytes = size * size * channels;
  const pairs = count >> 1;
  if (!cuts) {
    for (let i = 0; i < pairs; i += 1)
      blend(
        images.subarray(i * bytes, (i + 1) * bytes),
        images.subarray((count - 1 - i) * bytes, (count - i) * bytes),
        lam,
      );
    return lam;
  }
  const box = cutBox(random, size, lam);
  const width = (box.right - box.left) * channels;
  const kept = new Uint8Array(width);
  for (let i = 0; i < pairs; i += 1) {
    for (let y = box.top; y < box.bottom; y += 1) {
      const own = i * bytes + (y * size + box.left) * channels;
      const other = (count - 1 - i) * bytes + (y * size + box.left) * channels;
      kept.set(images.subarray(own, own + width));
      images.copyWithin(own, other, other + width);
      images.set(kept, other);
    }
  }
  return 1 - ((box.right - box.left) * (box.bottom - box.top)) / (size * size);
}

function blend(a: Uint8Array, b: Uint8Array, lam: number): void {
  for (let i = 0; i < a.length; i += 1) {
    const own = a[i]!;
    const other = b[i]!;
    a[i] = Math.round(lam * own + (1 - lam) * other);
    b[i] = Math.round(lam * other + (1 - lam) * own);
  }
}

/** A box of the area 1 − lam before its overhang is cut off. */
function cutBox(
  random: KeyedRandom,
  size: number,
  lam: number,
): { left: number; right: number; top: number; bottom: number } {
  const half = Math.floor(Math.trunc(size * Math.sqrt(1 - lam)) / 2);
  const cy = random.int(size);
  const cx = random.int(size);
  const within = (v: number) => Math.min(size, Math.max(0, v));
  return { left: within(cx - half), right: within(cx + half), top: within(cy - half), bottom: within(cy + half) };
}

/** Beta(a, a) from two Gamma draws. */
export function beta(random: KeyedRandom, a: number): number {
  const x = gamma(random, a);
  const y = gamma(random, a);
  return x + y > 0 ? x / (x + y) : 0.5;
}

/** Marsaglia and Tsang 2000; shapes below 1 by a power of a uniform draw. */
function gamma(random: KeyedRandom, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
