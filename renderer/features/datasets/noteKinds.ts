/** Notes of an import: those that speak of likely harm, and the others. */

/** What a reader's note begins with where it is a warning. */
const WARNING = /^WARNING: */;

export function noteKinds(notes: readonly string[]): { readonly warnings: string[]; readonly others: string[] } {
  return {
    warnings: notes.filter((note) => WARNING.test(note)).map((note) => note.replace(WARNING, '')),
    others: notes.filter((note) => !WARNING.test(note)),
  };
}
