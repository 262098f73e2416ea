/** Stored evaluations as the screens show them. */
import { existsSync } from 'node:fs';
import { checkLabelOrder } from '../../evaluate/labelOrder.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';
import { topClass } from '../../evaluate/vote.ts';
import { type Restated, withoutDuplicates } from '../../evaluate/withoutDuplicates.ts';
import { compareEvaluations, type EvaluationComparison } from '../results/compareEvaluations.ts';
import { predictionFigures } from './predictionTables.ts';
import { RecentlyUsed } from './recentlyUsed.ts';
import type { ReaderHandlers } from './requests.ts';

const restated = ({ removed, metrics: { top1, top5 } }: Restated) => ({ removed, top1, top5 });

export const evaluationFigures: ReaderHandlers['evaluationFigures'] = async ({ directory, datasetDir, split }) => {
  const figures = await predictionFigures({ directory });
  const predictions = await readProbabilities(directory);
  const { index, probabilities } = predictions;
  const { suspected, checked, accuracy, agreement } = checkLabelOrder(
    topClass(probabilities, index.classes),
    index.labels,
    index.classes,
  );
  const clean = existsSync(datasetDir) ? await withoutDuplicates(datasetDir, split, predictions) : null;
  return {
    ...figures,
    labelOrder: { suspected, checked, accuracy, agreement },
    withoutDuplicates: clean && { exact: restated(clean.exact), near: restated(clean.near) },
  };
};

const comparisons = new RecentlyUsed<Promise<EvaluationComparison>>(4);

export const compare: ReaderHandlers['compare'] = ({ first, second }) =>
  comparisons.get(`${first.id} ${second.id}`, () => compareEvaluations(first, second));
