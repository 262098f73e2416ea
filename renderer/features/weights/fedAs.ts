/** How images are fed, as text of a form and back; and in words. */
import { channelsOf, type InputColor, type InputSpec } from '../../../contract/inputSpec.ts';
import type { LabelList } from '../../../contract/protocol.ts';

export interface FedAs {
  color: InputColor | '';
  scale: string;
  mean: string;
  std: string;
}

export const COLOR_WORDS: Readonly<Record<InputColor, string>> = {
  rgb: 'RGB',
  bgr: 'BGR',
  gray: 'gray',
  lab: 'CIE Lab',
  ab: 'a and b of CIE Lab',
};
export const LABEL_WORDS: Readonly<Record<LabelList, string>> = {
  own: 'as the data set',
  ilsvrc2012: 'ILSVRC 2012 (sorted WordNet ids)',
  ilsvrc2015: 'ILSVRC 2015 list',
};

export const NOT_SAID: FedAs = { color: '', scale: '255', mean: '', std: '' };

export function asText(input: InputSpec | null): FedAs {
  return input
    ? { color: input.color, scale: String(input.scale), mean: input.mean.join(', '), std: input.std.join(', ') }
    : { ...NOT_SAID };
}

/** Null where no colour is chosen. @throws {Error} that says what is wrong */
export function fromText({ color, scale, mean, std }: FedAs): InputSpec | null {
  if (color === '') return null;
  const channels = channelsOf({ color });
  const divisor = Number(scale);
  if (!(divisor > 0)) throw new Error('The divisor must be a number above 0.');
  const values = (text: string, name: string, usual: number): number[] => {
    if (text.trim() === '') return new Array<number>(channels).fill(usual);
    const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
    if (numbers.length !== channels || !numbers.every(Number.isFinite))
      throw new Error(`${name} needs ${channels} numbers, one a channel.`);
    return numbers;
  };
  const deviations = values(std, 'The standard deviation', 1);
  if (deviations.some((value) => value <= 0)) throw new Error('Standard deviations must be above 0.');
  return { color, scale: divisor, mean: values(mean, 'The mean', 0), std: deviations };
}

export function fedInWords(input: InputSpec | null): string {
  if (!input) return 'not known';
  const list = (values: readonly number[]): string =>
    values.map((value) => String(Number(value.toPrecision(5)))).join(', ');
  return `${COLOR_WORDS[input.color]}, (value / ${input.scale} − ${list(input.mean)}) / ${list(input.std)}`;
}
