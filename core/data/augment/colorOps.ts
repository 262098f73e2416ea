/**
 * Color changes of pictures as bytes, in place, by torchvision's formulas for uint8 (fractions are cut off after
 * clamping). A picture is the `size × size × channels` bytes of `x`; one channel is gray.
 */

const clampCut = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value));

/**
 * own · a + other · b as float32 arithmetic gives it, so that cutting off the fraction cuts where torchvision does;
 * `own` and `other` are float32.
 */
const blend = (own: number, a: number, other: number, b: number): number =>
  clampCut(Math.fround(Math.fround(own * a) + Math.fround(other * b)));

/** factor · x + (1 − factor) · 0. */
export function brightness(x: Uint8Array, factor: number): void {
  const own = Math.fround(factor);
  for (let i = 0; i < x.length; i += 1) x[i] = clampCut(Math.fround(own * x[i]!));
}

/** Luma as torchvision cuts it to a byte. */
function grayOf(r: number, g: number, b: number): number {
  return Math.trunc(Math.fround(0.2989 * r + 0.587 * g + 0.114 * b));
}

/** Blends with the mean luma. */
export function contrast(x: Uint8Array, channels: number, factor: number): void {
  let sum = 0;
  if (channels === 3) for (let i = 0; i < x.length; i += 3) sum += grayOf(x[i]!, x[i + 1]!, x[i + 2]!);
  else for (const value of x) sum += value;
  const mean = Math.fround(sum / (x.length / channels));
  const own = Math.fround(factor);
  const other = Math.fround(1 - factor);
  for (let i = 0; i < x.length; i += 1) x[i] = blend(own, x[i]!, other, mean);
}

/** Blends with the own luma; gray pictures stay. */
export function saturation(x: Uint8Array, channels: number, factor: number): void {
  if (channels !== 3) return;
  const own = Math.fround(factor);
  const other = Math.fround(1 - factor);
  for (let i = 0; i < x.length; i += 3) {
    const gray = grayOf(x[i]!, x[i + 1]!, x[i + 2]!);
    for (let c = i; c < i + 3; c += 1) x[c] = blend(own, x[c]!, other, gray);
  }
}

/** Turns the hue by `shift` turns; gray pictures stay. */
export function hue(x: Uint8Array, channels: number, shift: number): void {
  if (channels !== 3) return;
  for (let i = 0; i < x.length; i += 3) {
    const r = x[i]! / 255;
    const g = x[i + 1]! / 255;
    const b = x[i + 2]! / 255;
    const max = Math.max(r, g, b);
    const range = max - Math.min(r, g, b);
    const s = max === 0 ? 0 : range / max;
    const sector =
      range === 0 ? 0 : max === r ? (g - b) / range : max === g ? 2 + (b - r) / range : 4 + (r - g) / range;
    const around = sector / 6 + shift;
    const h = (around - Math.floor(around)) * 6;
    const whole = Math.floor(h);
    const part = h - whole;
    const p = max * (1 - s);
    const q = max * (1 - s * part);
    const t = max * (1 - s * (1 - part));
    switch (whole % 6) {
      case 0:
        put(x, i, max, t, p);
        break;
      case 1:
        put(x, i, q, max, p);
        break;
      case 2:
        put(x, i, p, max, t);
        break;
      case 3:
        put(x, i, p, q, max);
        break;
      case 4:
        put(x, i, t, p, max);
        break;
      default:
        put(x, i, max, p, q);
    }
  }
}

function put(x: Uint8Array, at: number, r: number, g: number, b: number): void {
  x[at] = Math.trunc(Math.min(1, Math.max(0, r)) * 255.999);
  x[at + 1] = Math.trunc(Math.min(1, Math.max(0, g)) * 255.999);
  x[at + 2] = Math.trunc(Math.min(1, Math.max(0, b)) * 255.999);
}

/** Keeps the upper `bits` of each byte. */
export function posterize(x: Uint8Array, bits: number): void {
  const mask = 256 - 2 ** (8 - bits);
  for (let i = 0; i < x.length; i += 1) x[i] = x[i]! & mask;
}

/** Inverts bytes from `threshold` up. */
export function solarize(x: Uint8Array, threshold: number): void {
  for (let i = 0; i < x.length; i += 1) if (x[i]! >= threshold) x[i] = 255 - x[i]!;
}

/** Stretches each channel to 0 … 255. */
export function autoContrast(x: Uint8Array, channels: number): void {
  for (let c = 0; c < channels; c += 1) {
    let low = 255;
    let high = 0;
    for (let i = c; i < x.length; i += channels) {
      low = Math.min(low, x[i]!);
      high = Math.max(high, x[i]!);
    }
    if (high === low) continue;
    const scale = Math.fround(255 / (high - low));
    for (let i = c; i < x.length; i += channels) x[i] = clampCut(Math.fround((x[i]! - low) * scale));
  }
}

/** Equalizes each channel's histogram. */
export function equalize(x: Uint8Array, channels: number): void {
  const histogram = new Uint32Array(256);
  const table = new Uint8Array(256);
  for (let c = 0; c < channels; c += 1) {
    histogram.fill(0);
    let highest = 0;
    for (let i = c; i < x.length; i += channels) {
      const v = x[i]!;
      histogram[v] = histogram[v]! + 1;
      highest = Math.max(highest, v);
    }
    const step = Math.floor((x.length / channels - histogram[highest]!) / 255);
    if (step === 0) continue;
    let below = 0;
    for (let v = 0; v < 256; v += 1) {
      table[v] = v === 0 ? 0 : Math.min(255, Math.floor((below + Math.floor(step / 2)) / step));
      below += histogram[v]!;
    }
    for (let i = c; i < x.length; i += channels) x[i] = table[x[i]!]!;
  }
}

/** Blends with a 3 × 3 smoothed picture; the border stays. `scratch` holds as many bytes as `x`. */
export function sharpness(x: Uint8Array, size: number, channels: number, factor: number, scratch: Uint8Array): void {
  if (size < 3) return;
  scratch.set(x);
  const row = size * channels;
  const own = Math.fround(factor);
  const other = Math.fround(1 - factor);
  for (let y = 1; y < size - 1; y += 1) {
    for (let at = y * row + channels; at < (y + 1) * row - channels; at += 1) {
      const side = (from: number): number => scratch[from - channels]! + scratch[from]! + scratch[from + channels]!;
      const smooth = Math.round((side(at - row) + side(at) + side(at + row) + 4 * scratch[at]!) / 13);
      x[at] = blend(own, scratch[at]!, other, smooth);
    }
  }
}
