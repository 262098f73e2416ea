/**
 * Class names of WordNet synsets and the like: the first of the words, all of them where two classes share it, and the
 * id where even those are the same.
 */
export function shortNames(classIds: readonly string[], words: ReadonlyMap<string, string>): string[] {
  const full = classIds.map((id) => words.get(id) || id);
  const short = full.map((name) => name.split(',')[0]!.trim());
  const count = (names: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  };
  const [shorts, fulls] = [count(short), count(full)];
  return classIds.map((id, i) => {
    const [name, whole] = [short[i]!, full[i]!];
    if (shorts.get(name) === 1) return name;
    return fulls.get(whole) === 1 ? whole : `${whole} (${id})`;
  });
}
