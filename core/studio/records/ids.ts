/** Short ids that sort by time of creation, and finding what a user typed among them. */
import { type ErrorCode, StudioError } from '../../../contract/errors.ts';

const SUFFIX_LENGTH = 4;
const SUFFIXES = 36 ** SUFFIX_LENGTH;
const DAY_MS = 86_400_000;

/** `r-20260101-abcd`: the day (UTC) and the time of day in base 36 (51 ms a step); moved on until `taken` says no. */
export async function newId(
  prefix: string,
  taken: (id: string) => Promise<boolean>,
  now: Date = new Date(),
): Promise<string> {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  const first = Math.floor(((now.getTime() % DAY_MS) / DAY_MS) * SUFFIXES);
  for (let tried = 0; tried < SUFFIXES; tried++) {
    const id = `${prefix}-${day}-${((first + tried) % SUFFIXES).toString(36).padStart(SUFFIX_LENGTH, '0')}`;
    if (!(await taken(id))) return id;
  }
  throw new Error(`no ${prefix} id left for ${day}`);
}

/**
 * The one of `items` that `text` means: its id, its name, or the beginning of an id, with or without prefix and date.
 * @param items newest first
 * @throws {StudioError} `code`: when nothing fits; input.invalid: when a name or a beginning fits several
 */
export function findByText<T extends { readonly id: string; readonly name: string }>(
  items: readonly T[],
  text: string,
  code: ErrorCode,
  kind: string,
): T {
  const wanted = text.toLowerCase();
  const byId = items.find((item) => item.id.toLowerCase() === wanted);
  if (byId) return byId;
  const sameName = items.filter((item) => item.name === text);
  const named = sameName.length > 0 ? sameName : items.filter((item) => item.name.toLowerCase() === wanted);
  if (named.length === 1) return named[0]!;
  if (named.length > 1) {
    const ids = named.slice(0, 5).map((item) => item.id);
    throw new StudioError(
      'input.invalid',
      `"${text}" is the name of ${named.length}: ${ids.join(', ')}, newest first.`,
      {
        remedy: 'Write the id of the one you mean.',
      },
    );
  }
  const matches =
    wanted === ''
      ? []
      : items.filter(
          (item) =>
            item.id.toLowerCase().startsWith(wanted) || item.id.slice(item.id.lastIndexOf('-') + 1).startsWith(wanted),
        );
  const [only] = matches;
  if (only && matches.length === 1) return only;
  if (matches.length > 1) {
    throw new StudioError(
      'input.invalid',
      `"${text}" is the beginning of ${matches.length} ids: ${matches
        .slice(0, 5)
        .map((item) => item.id)
        .join(', ')}.`,
      { remedy: 'Write more of the id.' },
    );
  }
  const known = items
    .slice(0, 5)
    .map((item) => `${item.id} (${item.name})`)
    .join(', ');
  throw new StudioError(code, `There is no ${kind} "${text}".`, {
    remedy: known ? `Newest: ${known}.` : `There is no ${kind} yet.`,
  });
}
