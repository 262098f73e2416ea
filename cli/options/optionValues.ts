/** Values of command-line options. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import { ValueRangeRule } from '../../contract/valueRange.ts';
import { type ParsedList, parseNumberList, parseNumbers } from '../../pure/numberList.ts';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\+?\d+$/.test(text.trim()) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError(`"${text}" is not a whole number.`);
  return value;
}

export function decimalNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError(`"${text}" is not a number (1e-4 and 0.0001 are).`);
  return value;
}

/** `data`, `percentiles`, or `LOW,HIGH`. */
export function valueRangeRule(text: string): ValueRangeRule {
  const [low, high, ...more] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const given = low === undefined || high === undefined || more.length > 0 ? text : { low, high };
  const rule = ValueRangeRule.safeParse(given);
  if (rule.success) return rule.data;
  throw new InvalidArgumentError(`"${text}" is none of data, percentiles and LOW,HIGH (0,4095 is).`);
}

/** Any number; the schema of the request knows the range. */
const ANY = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE } as const;

function valuesOf({ values, error }: ParsedList): number[] {
  if (values === null) throw new InvalidArgumentError(`${error}.`);
  return values;
}

/** One number, or several with commas, whole ones also as `1-5`: a run for each. */
function numbers(text: string, whole: boolean): number | number[] {
  const values = valuesOf(parseNumberList(text, { ...ANY, whole }));
  return values.length === 1 ? values[0]! : values;
}
export const wholeNumbers = (text: string): number | number[] => numbers(text, true);
export const decimalNumbers = (text: string): number | number[] => numbers(text, false);

/** Numbers that belong to one run: `1,2.5,3`. */
export const decimalList = (text: string): number[] => valuesOf(parseNumbers(text, ANY));
/** Whole numbers that belong to one run: `30,60,90`, `1-5`. */
export const wholeList = (text: string): number[] => valuesOf(parseNumbers(text, { ...ANY, whole: true }));

/** For options that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/**
 * A JSON file as a value.
 * @throws {StudioError} file.notFound: where it cannot be read; input.invalid: where it is not JSON
 */
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
