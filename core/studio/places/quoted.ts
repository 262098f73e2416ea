/** The one way in which a word reaches a shell of another machine. */

/**
 * As bash reads it: text, and nothing else, whatever is in it.
 * @throws {RangeError} with a NUL, which no program can be given
 */
export function quoted(word: string): string {
  if (word.includes('\0')) throw new RangeError('a word of a command cannot contain NUL');
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
