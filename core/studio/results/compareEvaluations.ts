/** Two evaluations of the same pictures, image by image. */
import { StudioError } from '../../../contract/errors.ts';
import { imagesInWords } from '../../../contract/evaluation.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { topClass } from '../../evaluate/vote.ts';
import { compareOnSameImages, type PairedComparison } from '../../evaluate/pairedComparison.ts';
import { alignMembers } from '../../evaluate/ensemble.ts';
import { readProbabilities, type Predictions } from '../../evaluate/probabilityFile.ts';

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

/** @throws {StudioError} `prediction.classMismatch`: unless both hold the same pictures with the same labels */
export async function compareEvaluations(first: Evaluation, second: Evaluation): Promise<EvaluationComparison> {
  const [a, b] = [await readProbabilities(first.path), await readProbabilities(second.path)];
  const samePictures = a.index.count === b.index.count && a.index.paths.every((path, i) => path === b.index.paths[i]);
  if (!samePictures) throw differentPictures(first, second);
  const [one, other] = alignMembers([a, b]) as [Predictions, Predictions];
  const { paths, classNames, classes } = one.index;
  // An image counts where both networks know its class.
  const labels = one.index.labels.map((label, i) => (other.index.labels[i]! < 0 ? -1 : label));
  if (labels.some((label, i) => label >= 0 && label !== other.index.labels[i])) throw differentPictures(first, second);
  const decisions = [topClass(one.probabilities, classes), topClass(other.probabilities, classes)] as const;
  const name = (c: number | undefined): string => classNames[c ?? -1] ?? '';
  const flips = paths.flatMap((path, i): Flip[] => {
    const label = labels[i]!;
    const [mine, theirs] = [decisions[0][i], decisions[1][i]];
    return label >= 0 && (mine === label) !== (theirs === label)
      ? [
          {
            index: i,
            path,
            label: name(label),
            first: name(mine),
            second: name(theirs),
            rightOne: mine === label ? 'first' : 'second',
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

function differentPictures(first: Evaluation, second: Evaluation): StudioError {
  const measured = ({ images, count }: Evaluation): string => `${imagesInWords(images)}: ${count}`;
  return new StudioError(
    'prediction.classMismatch',
    `${first.id} and ${second.id} were measured on different images (${measured(first)}; ${measured(second)}).`,
    { remedy: 'Evaluate both networks on the same split.' },
  );
}
