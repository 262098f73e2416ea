/**
 * TrivialAugment, wide space (Müller and Hutter 2021): one operation of fourteen at one strength of 31, as torchvision
 * numbers them.
 */
import {
  autoContrast,
  brightness,
  contrast,
  equalize,
  posterize,
  saturation,
  sharpness,
  solarize,
} from './colorOps.ts';
import { AFFINE, warp, type Affine } from './geometryOps.ts';
import type { KeyedRandom } from '../random.ts';

const BINS = 31;

interface Target {
  readonly x: Uint8Array;
  readonly size: number;
  readonly channels: number;
  readonly scratch: Uint8Array;
}
interface Operation {
  readonly name: string;
  readonly magnitude: (bin: number) => number;
  readonly signed: boolean;
  readonly apply: (target: Target, magnitude: number) => void;
}

const even = (most: number) => (bin: number) => (most * bin) / (BINS - 1);
const warped = (name: string, most: number, of: (magnitude: number, size: number) => Affine): Operation => ({
  name,
  magnitude: even(most),
  signed: true,
  apply: ({ x, size, channels, scratch }, m) => {
    warp(x, size, channels, of(m, size), scratch);
  },
});
const toned = (name: string, change: (target: Target, factor: number) => void): Operation => ({
  name,
  magnitude: even(0.99),
  signed: true,
  apply: (target, m) => {
    change(target, 1 + m);
  },
});
const fixed = (name: string, apply: (target: Target) => void): Operation => ({
  name,
  magnitude: () => 0,
  signed: false,
  apply,
});

export const OPERATIONS: readonly Operation[] = [
  fixed('identity', () => undefined),
  warped('shearX', 0.99, AFFINE.shearX),
  warped('shearY', 0.99, AFFINE.shearY),
  warped('translateX', 32, (m) => AFFINE.translateX(Math.trunc(m))),
  warped('translateY', 32, (m) => AFFINE.translateY(Math.trunc(m))),
  warped('rotate', 135, AFFINE.rotate),
  toned('brightness', ({ x }, f) => {
    brightness(x, f);
  }),
  toned('color', ({ x, channels }, f) => {
    saturation(x, channels, f);
  }),
  toned('contrast', ({ x, channels }, f) => {
    contrast(x, channels, f);
  }),
  toned('sharpness', ({ x, size, channels, scratch }, f) => {
    sharpness(x, size, channels, f, scratch);
  }),
  {
    name: 'posterize',
    magnitude: (bin) => 8 - Math.round(bin / ((BINS - 1) / 6)),
    signed: false,
    apply: ({ x }, m) => {
      posterize(x, m);
    },
  },
  {
    name: 'solarize',
    magnitude: (bin) => 255 - even(255)(bin),
    signed: false,
    apply: ({ x }, m) => {
      solarize(x, m);
    },
  },
  fixed('autoContrast', ({ x, channels }) => {
    autoContrast(x, channels);
  }),
  fixed('equalize', ({ x, channels }) => {
    equalize(x, channels);
  }),
];

/** Changes the picture `x` in place. `scratch` holds as many bytes. */
export function trivialAugment(target: Target, random: KeyedRandom): void {
  const operation = OPERATIONS[random.int(OPERATIONS.length)]!;
  const magnitude = operation.magnitude(random.int(BINS));
  const negative = random.int(2) === 1;
  operation.apply(target, operation.signed && negative ? -magnitude : magnitude);
}
