/** Column names of networks in the predictions file. */

const VGG = /^vgg(\d+)((?:_c1|_bn)*)$/;

/** Names of columns that are not networks'. */
export const RESERVED_COLUMNS: readonly string[] = ['image', 'decision', 'truth', 'why', 'decision probability'];

/**
 * Column name of a network: a VGG's number of layers, with `_C11` where 3×3 convolutions are replaced by 1×1
 * (configuration C), so that the five published networks read `11,13,16,16_C11,19`; any other network by its own name.
 */
export function memberLabel(modelName: string): string {
  const match = VGG.exec(modelName);
  return match ? match[1]! + match[2]!.replace('_c1', '_C11') : modelName;
}

/**
 * One column name a network, in order; a name that is taken (by a network before, or by another column) gets ` (2)`, `
 * (3)`, ….
 */
export function memberLabels(modelNames: readonly string[]): string[] {
  const taken = new Set(RESERVED_COLUMNS);
  return modelNames.map((name) => {
    const label = memberLabel(name);
    let unique = label;
    for (let count = 2; taken.has(unique); count++) unique = `${label} (${count})`;
    taken.add(unique);
    return unique;
  });
}
