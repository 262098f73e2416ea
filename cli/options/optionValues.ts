/** Values of command-line options. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import { parseNumberList } from '../../pure/numberList.ts';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\+?\d+$/.test(text.trim()) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError(`"${text}" is no whole number.`);
  return value;
}

export function decimalNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError(`"${text}" is no number (1e-4 and 0.0001 are).`);
  return value;
}

/** One number, or several with commas, whole ones also as `1-5`: a run each. */
function numbers(text: string, whole: boolean): number | number[] {
  const { values, error } = parseNumberList(text, { min: -Number.MAX_VALUE, max: Number.MAX_VALUE, whole });
  if (values === null) throw new InvalidArgumentError(`${error}.`);
  const [first = NaN, ...others] = values;
  return others.length === 0 ? first : values;
}
export const wholeNumbers = (text: string): number | number[] => numbers(text, true);
export const decimalNumbers = (text: string): number | number[] => numbers(text, false);

/** For options that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/** A JSON file as a value. @throws StudioError `file.notFound`, `input.invalid` */
export function readJsonFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new StudioError(
      'file.notFound',
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    );
  }
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new StudioError(
      'input.invalid',
      `${path} is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    );
  }
}
