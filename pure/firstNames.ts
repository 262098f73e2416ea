const SHOWN = 5;

/** The first of `names` in words: "a, b, c, d, e, and 3 more". */
export function firstNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown}, and ${names.length - SHOWN} more` : shown;
}
