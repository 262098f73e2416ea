/**
 * What a setting of a run is: where it stands in a request, what it takes, and how the form and the command line show
 * it.
 */
import { z } from 'zod';

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
  /** `min` itself is excluded. */
  readonly above?: boolean;
  /** `max` itself is excluded. */
  readonly below?: boolean;
}

/** Larger than any setting means, and small enough to be written in digits. */
export const NO_LIMIT = 1e12;

/** From 0 to below 1: decay rates, momenta. */
export const FRACTION: NumberRange = { min: 0, max: 1, below: true };
export const POSITIVE: NumberRange = { min: 0, max: NO_LIMIT, above: true };
export const POSITIVE_WHOLE: NumberRange = { min: 1, max: NO_LIMIT, whole: true };
/** A part of a whole, the whole included. */
export const SHARE: NumberRange = { min: 0, max: 1, above: true };

/** A number in that range. */
export function numberIn({ min, max, whole = false, above = false, below = false }: NumberRange): z.ZodNumber {
  const number = whole ? z.int() : z.number();
  const bounded = above ? number.gt(min) : number.min(min);
  if (max === NO_LIMIT) return bounded;
  return below ? bounded.lt(max) : bounded.max(max);
}

/** As a request takes it: left out, it is what the form begins with. */
export function numberOf({
  range,
  initial,
}: Pick<NumberSetting, 'range'> & { readonly initial: number }): z.ZodDefault<z.ZodNumber> {
  return numberIn(range).default(initial);
}

/** Groups of the form, from top to bottom. */
export type SettingGroup = 'network' | 'data' | 'optimisation' | 'stopping';

interface SettingRow {
  /** Where it stands in a run request. */
  readonly path: string;
  /** Where it stands instead while another setting has this value. */
  readonly pathWhen?: { readonly setting: string; readonly is: string; readonly path: string };
  /** On the command line, without dashes; a setting without one is decided by others there. */
  readonly flag?: string;
  /** Of the flag, in `quorum train --help`. */
  readonly help?: string;
  /** In the form. */
  readonly label: string;
  readonly hint?: string;
  readonly group: SettingGroup;
  /** Shown only when the group is opened. */
  readonly more?: boolean;
  /** Asked for only while another setting has one of these values. */
  readonly when?: { readonly setting: string; readonly is: readonly (string | boolean)[] };
  /** On the command line it switches on what it is a part of, which the form has a switch for. */
  readonly switchesOn?: boolean;
}

/** Takes a list: a run for each value. */
export interface NumberSetting extends SettingRow {
  readonly kind: 'number';
  readonly range: NumberRange;
  /** Null: may be empty, and is left out then. */
  readonly initial: number | null;
  /** What an empty field means. */
  readonly placeholder?: string;
  /** What the flag means without a value. */
  readonly bare?: number;
  /** On the command line 0 switches off what this setting is a part of. */
  readonly zeroIsOff?: boolean;
}

export interface SwitchSetting extends SettingRow {
  readonly kind: 'switch';
  readonly initial: false;
  /** What stands in the request when it is on, if that is not `true`. */
  readonly on?: Readonly<Record<string, never>>;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** On the command line; the value in kebab case where left out. */
  readonly word?: string;
}

export interface ChoiceSetting extends SettingRow {
  readonly kind: 'choice';
  readonly initial: string;
  readonly choices: readonly Choice[];
}

/** Several numbers that belong to one run. */
export interface ListSetting extends SettingRow {
  readonly kind: 'list';
  readonly range: NumberRange;
  /** As it is typed; empty: may be left out. */
  readonly initial: string;
  readonly placeholder?: string;
}

export type Setting = NumberSetting | SwitchSetting | ChoiceSetting | ListSetting;
