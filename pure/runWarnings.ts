/** What the figures of a finished run should make its owner look at. */

/** Below this share of the loss of guessing something was learned. */
const GUESSING = 0.99;

export interface RunFigures {
  readonly classes: number;
  /** Of the best epoch: nats. Null where it is no number. */
  readonly trainLoss: number | null;
  /** Undefined where there were no validation images. */
  readonly validationLoss: number | null | undefined;
}

/** One sentence each; none where nothing stands out. */
export function runWarnings({ classes, trainLoss, validationLoss }: RunFigures): string[] {
  const warnings: string[] = [];
  if (validationLoss === undefined)
    warnings.push('There were no validation images: the best epoch is the one with the lowest training loss.');
  const guessing = Math.log(classes);
  // Smoothing, mixing and dropout raise the loss of training: only both together tell.
  const losses = [trainLoss, validationLoss].filter((loss) => loss !== undefined);
  if (losses.every((loss) => loss === null || loss >= GUESSING * guessing))
    warnings.push(
      `The network does no better than guessing: its loss is not below ln ${classes} = ` +
        `${guessing.toFixed(3)}. Lower the learning rate, or choose a network with BatchNorm.`,
    );
  return warnings;
}
