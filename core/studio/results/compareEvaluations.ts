/** Two evaluations of the same pictures, image by image. */
import { StudioError } from '../../../contract/errors.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { topClass } from '../../evaluate/vote.ts';
import { compareOnSameImages, type PairedComparison } from '../../evaluate/pairedComparison.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';

/** A picture that only one of the two gets right. */
export interface Flip {
  /** Place in both evaluations. */
  readonly index: number;
  readonly path: string;
  readonly label: string;
  readonly first: string;
  readonly second: string;
  readonly rightOne: 'first' | 'second';
}

export interface EvaluationComparison extends PairedComparison {
  readonly first: Evaluation;
  readonly second: Evaluation;
  /** Whether both were measured by the same protocol; else the difference is that of network and protocol together. */
  readonly sameProtocol: boolean;
  readonly flips: readonly Flip[];
}

/** @throws StudioError prediction.classMismatch unless both hold the same pictures with the same labels */
export async function compareEvaluations(first: Evaluation, second: Evaluation): Promise<EvaluationComparison> {
  const [a, b] = [await readProbabilities(first.path), await readProbabilities(second.path)];
  const same =
    a.index.count === b.index.count &&
    a.index.classes === b.index.classes &&
    a.index.paths.every((path, i) => path === b.index.paths[i] && a.index.labels[i] === b.index.labels[i]);
  if (!same) {
    throw new StudioError(
      'prediction.classMismatch',
      `${first.id} and ${second.id} were measured on different pictures (${first.datasetName}, ${first.split}: ${first.count}; ${second.datasetName}, ${second.split}: ${second.count}).`,
      { remedy: 'Evaluate both networks on the same split.' },
    );
  }
  const { labels, paths, classNames, classes } = a.index;
  const decisions = [topClass(a.probabilities, classes), topClass(b.probabilities, classes)] as const;
  const name = (c: number | undefined): string => classNames[c ?? -1] ?? '';
  const flips = paths.flatMap((path, i): Flip[] => {
    const label = labels[i]!;
    const [one, two] = [decisions[0][i], decisions[1][i]];
    return label >= 0 && (one === label) !== (two === label)
      ? [
          {
            index: i,
            path,
            label: name(label),
            first: name(one),
            second: name(two),
            rightOne: one === label ? 'first' : 'second',
          },
        ]
      : [];
  });
  return {
    first,
    second,
    sameProtocol: first.protocol.name === second.protocol.name,
    flips,
    ...compareOnSameImages(decisions[0], decisions[1], labels),
  };
}
