/** The classes of a list: their order, and labels that look like mistakes. */

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** Numbers in their order, everything else by code unit. */
export function sortClasses(names: Iterable<string>): string[] {
  const all = [...names].sort();
  return areNumbers(all) ? all.sort((a, b) => Number(a) - Number(b)) : all;
}

export function areNumbers(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => NUMBER.test(name));
}

/** How classes that are numbers are ordered, in words; none where text would order them alike. */
export function orderNotes(classes: readonly string[]): string[] {
  if (!areNumbers(classes) || classes.every((name, i) => i === 0 || classes[i - 1]! < name)) return [];
  const shown = classes.slice(0, 4).join(', ');
  return [`the classes are numbers and are ordered as numbers: ${shown}${classes.length > 4 ? ', …' : ''}`];
}

const MISSING = new Set(['nan', 'none', 'null', 'n/a', 'na', '#n/a', '?', '-', 'unknown']);

/** What a reader of the list should look at before training. */
export function suspiciousLabels(classes: readonly string[]): string[] {
  return [...sameButForCase(classes), ...looksMissing(classes), ...combinations(classes)];
}

function sameButForCase(classes: readonly string[]): string[] {
  const byPlain = new Map<string, string[]>();
  for (const name of classes) {
    const plain = name.normalize('NFC').toLowerCase().replaceAll(/\s+/g, ' ');
    byPlain.set(plain, [...(byPlain.get(plain) ?? []), name]);
  }
  const groups = [...byPlain.values()].filter((group) => group.length > 1);
  return groups.length === 0
    ? []
    : [
        'WARNING: classes that differ only in case or accents are kept apart: ' +
          `${examples(groups.map((group) => group.join(' and ')))}`,
      ];
}

function looksMissing(classes: readonly string[]): string[] {
  const names = classes.filter((name) => MISSING.has(name.toLowerCase()));
  return names.length === 0
    ? []
    : [`WARNING: ${examples(names)} usually mean that a label is missing; here they are classes`];
}

/** Labels that are made of other labels: an image of several classes. */
function combinations(classes: readonly string[]): string[] {
  const known = new Set(classes);
  const combined = classes.filter((name) => {
    const parts = name.split(/[\s,;|]+/).filter((part) => part !== '');
    return (
      parts.length > 1 &&
      parts.every(
        (part) => known.has(part) || classes.some((other) => other !== name && other.split(/[\s,;|]+/).includes(part)),
      )
    );
  });
  return combined.length < 2 || !combined.some((name) => name.split(/[\s,;|]+/).some((part) => known.has(part)))
    ? []
    : [
        `WARNING: ${combined.length} labels seem to name several classes at once (${examples(combined)}); each ` +
          'combination is a class of its own here',
      ];
}

function examples(names: readonly string[]): string {
  return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
}
