/**
 * Which networks of many should vote, and with what weight: forward selection with replacement (Caruana,
 * Niculescu-Mizil, Crew and Ksikes 2004, Ensemble Selection from Libraries of Models, ICML).
 */

export interface GreedySelection {
  /** How often each member was taken; 0 for those that are left out. */
  readonly counts: number[];
  /** Share of the images that the mean of those taken gets right, after each step, to the last one that is kept. */
  readonly accuracies: number[];
}

interface Score {
  readonly right: number;
  /** Sum of the negative logarithms of the labels' probabilities: decides between equals. */
  readonly loss: number;
}

/**
 * Takes one member after the other, each time the one whose probabilities improve the mean most; ties go to the lower
 * log loss, then to the first. Of all steps the best is kept, the earliest of equals.
 * @param members probabilities of each member, [images, classes]
 * @param labels class of each image
 * @param images the ones that count, by number
 * @param steps how many are taken at most
 */
export function selectGreedily(
  members: readonly Float32Array[],
  labels: ArrayLike<number>,
  { classes, images, steps }: { readonly classes: number; readonly images: readonly number[]; readonly steps: number },
): GreedySelection {
  const sum = new Float64Array(images.length * classes);
  const taken: number[] = [];
  const scores: Score[] = [];
  while (taken.length < steps) {
    const tried = members.map((member) => scoreWith(sum, member, taken.length + 1, { labels, classes, images }));
    const best = tried.reduce((at, score, i) => (isBetter(score, tried[at]!) ? i : at), 0);
    add(sum, members[best]!, { classes, images });
    taken.push(best);
    scores.push(tried[best]!);
  }
  const kept = 1 + scores.reduce((at, score, i) => (score.right > scores[at]!.right ? i : at), 0);
  return {
    counts: members.map((_, member) => taken.slice(0, kept).filter((one) => one === member).length),
    accuracies: scores.slice(0, kept).map(({ right }) => right / images.length),
  };
}

interface Counted {
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  readonly images: readonly number[];
}

/** Of the mean of `count` members, the last of which is `member`. */
function scoreWith(
  sum: Float64Array,
  member: Float32Array,
  count: number,
  { labels, classes, images }: Counted,
): Score {
  let [right, loss] = [0, 0];
  for (const [row, image] of images.entries()) {
    let best = -1;
    let bestClass = 0;
    for (let c = 0; c < classes; c++) {
      const together = sum[row * classes + c]! + member[image * classes + c]!;
      if (together > best) {
        best = together;
        bestClass = c;
      }
    }
    const label = labels[image]!;
    if (bestClass === label) right++;
    const said = (sum[row * classes + label]! + member[image * classes + label]!) / count;
    loss -= Math.log(Math.max(said, Number.EPSILON));
  }
  return { right, loss };
}

function isBetter(one: Score, other: Score): boolean {
  return one.right > other.right || (one.right === other.right && one.loss < other.loss);
}

function add(sum: Float64Array, member: Float32Array, { classes, images }: Omit<Counted, 'labels'>): void {
  for (const [row, image] of images.entries())
    for (let c = 0; c < classes; c++) sum[row * classes + c]! += member[image * classes + c]!;
}
