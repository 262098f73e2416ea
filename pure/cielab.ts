/**
 * CIE L*a*b* of 8-bit sRGB: IEC 61966-2-1 linearisation, D65 white of the 2° observer, CIE 1976 formulas; the constants
 * are scikit-image's (`skimage.color.rgb2lab`).
 */

/** Light of a byte, 0 to 1. */
export const SRGB_LIGHT: readonly number[] = Array.from({ length: 256 }, (_, byte) =>
  byte / 255 > 0.04045 ? ((byte / 255 + 0.055) / 1.055) ** 2.4 : byte / 255 / 12.92,
);

/** Rows X, Y, Z of red, green and blue light, each divided by the white's. */
export const XYZ_OF_LIGHT: readonly (readonly [number, number, number])[] = [
  [0.412453 / 0.95047, 0.35758 / 0.95047, 0.180423 / 0.95047],
  [0.212671, 0.71516, 0.072169],
  [0.019334 / 1.08883, 0.119193 / 1.08883, 0.950227 / 1.08883],
];

/** Below `limit` the cube root is replaced by a line. */
export const RESPONSE = { limit: 0.008856, slope: 7.787, offset: 16 / 116 } as const;

/** Rows L, a, b of the responses to X, Y, Z; L is 16 lower. */
export const LAB_OF_RESPONSE: readonly (readonly [number, number, number])[] = [
  [0, 116, 0],
  [500, -500, 0],
  [0, 200, -200],
];
export const L_OFFSET = -16;

/** The published scaling of Lab input: L / 50 − 1, a / 110, b / 110. */
export const LAB_SCALING = { scale: 1, mean: [50, 0, 0], std: [50, 110, 110] } as const;

export function labResponse(t: number): number {
  return t > RESPONSE.limit ? Math.cbrt(t) : RESPONSE.slope * t + RESPONSE.offset;
}

/** Red, green and blue bytes nearest to a Lab colour. */
export function srgbOfLab([l, a, b]: readonly [number, number, number]): [number, number, number] {
  const y = (l - L_OFFSET) / 116;
  const xyz = [y + a / 500, y, y - b / 200].map((response) =>
    response > Math.cbrt(RESPONSE.limit) ? response ** 3 : (response - RESPONSE.offset) / RESPONSE.slope,
  );
  const light = solve(XYZ_OF_LIGHT, xyz as [number, number, number]);
  return light.map((value) => {
    const byte = 255 * (value > 0.0031308 ? 1.055 * value ** (1 / 2.4) - 0.055 : 12.92 * value);
    return Math.min(255, Math.max(0, Math.round(byte)));
  }) as [number, number, number];
}

/** Cramer's rule. */
function solve(m: typeof XYZ_OF_LIGHT, right: readonly [number, number, number]): number[] {
  const determinant = (rows: readonly (readonly number[])[]): number => {
    const [[a = 0, b = 0, c = 0] = [], [d = 0, e = 0, f = 0] = [], [g = 0, h = 0, i = 0] = []] = rows;
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  };
  const whole = determinant(m);
  return [0, 1, 2].map(
    (column) => determinant(m.map((row, r) => row.map((value, c) => (c === column ? right[r]! : value)))) / whole,
  );
}
