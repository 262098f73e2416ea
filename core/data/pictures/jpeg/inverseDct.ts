/**
 * The accurate integer inverse cosine transform of libjpeg (jidctint.c): Loeffler, Ligtenberg and Moschytz, "Practical
 * fast 1-D DCT algorithms with 11 multiplications", ICASSP 1989. Constants have 13 bits, values between the two passes
 * 2.
 */
const F_0_298 = 2446;
const F_0_390 = 3196;
const F_0_541 = 4433;
const F_0_765 = 6270;
const F_0_899 = 7373;
const F_1_175 = 9633;
const F_1_501 = 12299;
const F_1_847 = 15137;
const F_1_961 = 16069;
const F_2_053 = 16819;
const F_2_562 = 20995;
const F_3_072 = 25172;

const passed = new Int32Array(64);

/**
 * Writes the 8×8 samples of `block` (dequantized, row-major) to `out` from `offset`, rows `stride` apart. False where a
 * value leaves the range in which all implementations agree: such a block comes from no picture.
 */
export function inverseDct(
  block: Int32Array,
  dcOnly: boolean,
  out: Uint8Array,
  offset: number,
  stride: number,
): boolean {
  if (dcOnly) return fillFlat(block[0]!, out, offset, stride);
  return transformColumns(block) && transformRows(out, offset, stride);
}

/** All samples are the mean. */
function fillFlat(dc: number, out: Uint8Array, offset: number, stride: number): boolean {
  const level = (dc + 4) >> 3;
  if (level < -512 || level > 511) return false;
  const sample = level < -128 ? 0 : level > 127 ? 255 : level + 128;
  for (let y = 0, at = offset; y < 8; y += 1, at += stride) out.fill(sample, at, at + 8);
  return true;
}

/** From `block` into `passed`. */
function transformColumns(block: Int32Array): boolean {
  let range = 0;
  for (let x = 0; x < 8; x += 1) {
    const c0 = block[x]!;
    const c1 = block[x + 8]!;
    const c2 = block[x + 16]!;
    const c3 = block[x + 24]!;
    const c4 = block[x + 32]!;
    const c5 = block[x + 40]!;
    const c6 = block[x + 48]!;
    const c7 = block[x + 56]!;
    if ((c1 | c2 | c3 | c4 | c5 | c6 | c7) === 0) {
      const level = c0 << 2;
      range |= level + 16384;
      for (let at = x; at < 64; at += 8) passed[at] = level;
      continue;
    }
    const e1 = Math.imul(c2 + c6, F_0_541);
    const e2 = e1 - Math.imul(c6, F_1_847);
    const e3 = e1 + Math.imul(c2, F_0_765);
    const s = (c0 + c4) << 13;
    const d = (c0 - c4) << 13;
    const t0 = s + e3 + 1024;
    const t3 = s - e3 + 1024;
    const t1 = d + e2 + 1024;
    const t2 = d - e2 + 1024;
    const z5 = Math.imul(c7 + c3 + c5 + c1, F_1_175);
    const z1 = Math.imul(c7 + c1, -F_0_899);
    const z2 = Math.imul(c5 + c3, -F_2_562);
    const z3 = z5 - Math.imul(c7 + c3, F_1_961);
    const z4 = z5 - Math.imul(c5 + c1, F_0_390);
    const o0 = Math.imul(c7, F_0_298) + z1 + z3;
    const o1 = Math.imul(c5, F_2_053) + z2 + z4;
    const o2 = Math.imul(c3, F_3_072) + z2 + z3;
    const o3 = Math.imul(c1, F_1_501) + z1 + z4;
    const p0 = (t0 + o3) >> 11;
    const p1 = (t1 + o2) >> 11;
    const p2 = (t2 + o1) >> 11;
    const p3 = (t3 + o0) >> 11;
    const p4 = (t3 - o0) >> 11;
    const p5 = (t2 - o1) >> 11;
    const p6 = (t1 - o2) >> 11;
    const p7 = (t0 - o3) >> 11;
    range |=
      (p0 + 16384) |
      (p1 + 16384) |
      (p2 + 16384) |
      (p3 + 16384) |
      (p4 + 16384) |
      (p5 + 16384) |
      (p6 + 16384) |
      (p7 + 16384);
    passed[x] = p0;
    passed[x + 8] = p1;
    passed[x + 16] = p2;
    passed[x + 24] = p3;
    passed[x + 32] = p4;
    passed[x + 40] = p5;
    passed[x + 48] = p6;
    passed[x + 56] = p7;
  }
  return (range & ~32767) === 0;
}

/** From `passed` to the samples. */
function transformRows(out: Uint8Array, offset: number, stride: number): boolean {
  let range = 0;
  for (let y = 0, at = offset; y < 64; y += 8, at += stride) {
    const c0 = passed[y]!;
    const c1 = passed[y + 1]!;
    const c2 = passed[y + 2]!;
    const c3 = passed[y + 3]!;
    const c4 = passed[y + 4]!;
    const c5 = passed[y + 5]!;
    const c6 = passed[y + 6]!;
    const c7 = passed[y + 7]!;
    const e1 = Math.imul(c2 + c6, F_0_541);
    const e2 = e1 - Math.imul(c6, F_1_847);
    const e3 = e1 + Math.imul(c2, F_0_765);
    // Half a unit for rounding, and 512 units, with which every valid result is between 0 and 1023.
    const s = ((c0 + c4) << 13) + HALF;
    const d = ((c0 - c4) << 13) + HALF;
    const t0 = s + e3;
    const t3 = s - e3;
    const t1 = d + e2;
    const t2 = d - e2;
    const z5 = Math.imul(c7 + c3 + c5 + c1, F_1_175);
    const z1 = Math.imul(c7 + c1, -F_0_899);
    const z2 = Math.imul(c5 + c3, -F_2_562);
    const z3 = z5 - Math.imul(c7 + c3, F_1_961);
    const z4 = z5 - Math.imul(c5 + c1, F_0_390);
    const o0 = Math.imul(c7, F_0_298) + z1 + z3;
    const o1 = Math.imul(c5, F_2_053) + z2 + z4;
    const o2 = Math.imul(c3, F_3_072) + z2 + z3;
    const o3 = Math.imul(c1, F_1_501) + z1 + z4;
    const p0 = (t0 + o3) >> 18;
    const p1 = (t1 + o2) >> 18;
    const p2 = (t2 + o1) >> 18;
    const p3 = (t3 + o0) >> 18;
    const p4 = (t3 - o0) >> 18;
    const p5 = (t2 - o1) >> 18;
    const p6 = (t1 - o2) >> 18;
    const p7 = (t0 - o3) >> 18;
    range |= p0 | p1 | p2 | p3 | p4 | p5 | p6 | p7;
    out[at] = LIMIT[p0 & 1023]!;
    out[at + 1] = LIMIT[p1 & 1023]!;
    out[at + 2] = LIMIT[p2 & 1023]!;
    out[at + 3] = LIMIT[p3 & 1023]!;
    out[at + 4] = LIMIT[p4 & 1023]!;
    out[at + 5] = LIMIT[p5 & 1023]!;
    out[at + 6] = LIMIT[p6 & 1023]!;
    out[at + 7] = LIMIT[p7 & 1023]!;
  }
  return (range & ~1023) === 0;
}

const HALF = (1 << 17) + (512 << 18);
/** Sample of a result, which is 512 too large and has its zero in the middle gray. */
const LIMIT = Uint8ClampedArray.from({ length: 1024 }, (_, i) => i - 512 + 128);
