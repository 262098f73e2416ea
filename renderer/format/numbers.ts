/**
 * Numbers, durations, sizes and dates as this locale writes them; a missing value is an en dash, so that columns stay
 * aligned.
 */
import { BYTE_UNITS } from '../../pure/bytes.ts';
import { compactNumber as shortest } from '../../pure/compactNumber.ts';

const MISSING = '–';

const cache = new Map<string, Intl.NumberFormat>();
function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let found = cache.get(key);
  if (!found) cache.set(key, (found = new Intl.NumberFormat(undefined, options)));
  return found;
}

type Maybe = number | null | undefined;
const known = (value: Maybe): value is number => value !== null && value !== undefined && Number.isFinite(value);

export function count(value: Maybe): string {
  return known(value) ? formatter({ maximumFractionDigits: 0 }).format(value) : MISSING;
}

/** A share of one as per cent, without the sign. */
export function percent(share: Maybe, digits = 1): string {
  return known(share)
    ? formatter({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share * 100)
    : MISSING;
}

export function fixed(value: Maybe, digits: number): string {
  return known(value)
    ? formatter({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)
    : MISSING;
}

/** Learning rates and the like: as few characters as tell it apart, never in the locale's grouping. */
export function compactNumber(value: Maybe): string {
  return known(value) ? shortest(value) : MISSING;
}

/** 138.4 M, 7.6 G. */
export function short(value: Maybe): string {
  if (!known(value)) return MISSING;
  const steps: [number, string][] = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  for (const [size, unit] of steps)
    if (Math.abs(value) >= size) return `${formatter({ maximumSignificantDigits: 3 }).format(value / size)} ${unit}`;
  return formatter({ maximumSignificantDigits: 3 }).format(value);
}

export function bytes(value: Maybe): string {
  if (!known(value)) return MISSING;
  for (const [unit, size] of BYTE_UNITS)
    if (value >= size)
      return `${formatter({ maximumFractionDigits: value / size < 10 ? 1 : 0 }).format(value / size)} ${unit}`;
  return `${formatter({ maximumFractionDigits: 0 }).format(value)} B`;
}

/** 7 s, 3 min 20 s, 2 h 05 min, 3 d 4 h: the two largest units. */
export function duration(ms: Maybe): string {
  if (!known(ms)) return MISSING;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  const two = (n: number): string => String(n).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

export function dateTime(iso: string | null | undefined): string {
  return iso ? new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }) : MISSING;
}

/** Just now, 5 min ago, yesterday …; the exact time belongs in the title. */
export function ago(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return MISSING;
  const seconds = (Date.parse(iso) - now) / 1000;
  // words, and those of this window are English
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const size = Math.abs(seconds);
  if (size < 45) return relative.format(0, 'second');
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 86400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86400), 'day');
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
