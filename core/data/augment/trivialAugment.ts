/**
 * The fourteen operations of TrivialAugment and RandAugment as torchvision has them, each at one strength of 31.
 * TrivialAugment, wide space (Müller and Hutter 2021): one operation at a random strength. RandAugment (Cubuk et al.
 * 2020, arXiv:1909.13719): several at one strength, within narrower ranges.
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
  /** At a strength of 0 to 30, for a picture of `size` pixels. */
  readonly magnitude: (bin: number, size: number) => number;
  readonly signed: boolean;
  readonly apply: (target: Target, magnitude: number) => void;
}

const even = (most: number) => (bin: number) => (most * bin) / (BINS - 1);
const warped = (
  name: string,
  most: number | ((size: number) => number),
  of: (magnitude: number, size: number) => Affine,
): Operation => ({
  name,
  magnitude: (bin, size) => even(typeof most === 'number' ? most : most(size))(bin),
  signed: true,
  apply: ({ x, size, channels, scratch }, m) => {
    warp(x, size, channels, of(m, size), scratch);
  },
});
const toned = (name: string, most: number, change: (target: Target, factor: number) => void): Operation => ({
  name,
  magnitude: even(most),
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

/** The largest strength of each operation. */
interface Space {
  readonly shear: number;
  /** Pixels of a picture of so many. */
  readonly shift: (size: number) => number;
  readonly degrees: number;
  readonly tone: number;
  /** Bits that are lost. */
  readonly bits: number;
}
const WIDE: Space = { shear: 0.99, shift: () => 32, degrees: 135, tone: 0.99, bits: 6 };
const RAND: Space = { shear: 0.3, shift: (size) => (150 / 331) * size, degrees: 30, tone: 0.9, bits: 4 };

const operationsOf = ({ shear, shift, degrees, tone, bits }: Space): readonly Operation[] => [
  fixed('identity', () => undefined),
  warped('shearX', shear, AFFINE.shearX),
  warped('shearY', shear, AFFINE.shearY),
  warped('translateX', shift, (m) => AFFINE.translateX(Math.trunc(m))),
  warped('translateY', shift, (m) => AFFINE.translateY(Math.trunc(m))),
  warped('rotate', degrees, AFFINE.rotate),
  toned('brightness', tone, ({ x }, f) => {
    brightness(x, f);
  }),
  toned('color', tone, ({ x, channels }, f) => {
    saturation(x, channels, f);
  }),
  toned('contrast', tone, ({ x, channels }, f) => {
    contrast(x, channels, f);
  }),
  toned('sharpness', tone, ({ x, size, channels, scratch }, f) => {
    sharpness(x, size, channels, f, scratch);
  }),
  {
    name: 'posterize',
    magnitude: (bin) => 8 - Math.round(bin / ((BINS - 1) / bits)),
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

export const OPERATIONS = operationsOf(WIDE);
export const RAND_OPERATIONS = operationsOf(RAND);

/** Changes the picture `x` in place. `scratch` holds as many bytes. */
export function trivialAugment(target: Target, random: KeyedRandom): void {
  const operation = OPERATIONS[random.int(OPERATIONS.length)]!;
  const magnitude = operation.magnitude(random.int(BINS), target.size);
  const negative = random.int(2) === 1;
  operation.apply(target, operation.signed && negative ? -magnitude : magnitude);
}

/** The same by `operations` operations one after another, each at strength `magnitude` of 0 to 30. */
export function randAugment(
  target: Target,
  { operations, magnitude }: { readonly operations: number; readonly magnitude: number },
  random: KeyedRandom,
): void {
  for (let n = 0; n < operations; n++) {
    const operation = RAND_OPERATIONS[random.int(RAND_OPERATIONS.length)]!;
    const strength = operation.magnitude(magnitude, target.size);
    operation.apply(target, operation.signed && random.int(2) === 1 ? -strength : strength);
  }
}
