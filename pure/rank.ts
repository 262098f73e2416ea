/** Where a label stands among the classes: what top-1 and top-5 are counted from, in training and after it. */

/**
 * Place of `label` by its score in row `image` of `scores` `[images, classes]`, 0 = first. Of equal scores the lower
 * class comes first, as in the vote, so that a dead network scores chance, and top-1 and the decision never disagree.
 */
export function rankOfLabel(scores: Float32Array, classes: number, image: number, label: number): number {
  const start = image * classes;
  const own = scores[start + label]!;
  let rank = 0;
  for (let other = 0; other < classes; other++) {
    const score = scores[start + other]!;
    if (score > own || (score === own && other < label)) rank++;
  }
  return rank;
}
