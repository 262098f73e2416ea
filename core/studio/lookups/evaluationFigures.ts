/** Stored evaluations as the screens show them. */
import { checkLabelOrder } from '../../evaluate/labelOrder.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';
import { topClass } from '../../evaluate/vote.ts';
import type { Restated } from '../../evaluate/withoutDuplicates.ts';
import { studioPaths } from '../records/paths.ts';
import { compareEvaluations, type EvaluationComparison } from '../results/compareEvaluations.ts';
import { withoutTrainingCopies } from '../results/trainingCopies.ts';
import { storedFigures } from './predictionTables.ts';
import { RecentlyUsed } from './recentlyUsed.ts';
import type { ReaderHandlers } from './requests.ts';

const restated = ({ removed, metrics: { top1, top5 } }: Restated) => ({ removed, top1, top5 });

export const evaluationFigures: ReaderHandlers['evaluationFigures'] = async ({ evaluation, dataDir }) => {
  const figures = await storedFigures(evaluation.path);
  const predictions = await readProbabilities(evaluation.path);
  const { index, probabilities } = predictions;
  const { suspected, checked, accuracy, agreement } = checkLabelOrder(
    topClass(probabilities, index.classes),
    index.labels,
    index.classes,
  );
  const clean = await withoutTrainingCopies(evaluation.images, studioPaths(dataDir), predictions);
  return {
    ...figures,
    labelOrder: { suspected, checked, accuracy, agreement },
    withoutDuplicates: clean && { exact: restated(clean.exact), near: restated(clean.near) },
  };
};

const comparisons = new RecentlyUsed<Promise<EvaluationComparison>>(4);

export const compare: ReaderHandlers['compare'] = ({ first, second }) =>
  comparisons.get(`${first.id} ${second.id}`, () => compareEvaluations(first, second));
