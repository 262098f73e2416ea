/** One network's stored predictions as tables: computed once, without keeping the probabilities. */
import type { ConfusionReport, StoredFigures } from '../../../contract/api/datasets/imageFigures.ts';
import { calibration, type Calibration } from '../../evaluate/calibration.ts';
import { classScores, confusedPairs, confusionMatrix, macroScores, weightedScores } from '../../evaluate/confusion.ts';
import { probabilityMetrics, type ProbabilityMetrics, SMALLEST_PROBABILITY } from '../../evaluate/metrics.ts';
import { type PredictionIndex, readProbabilities } from '../../evaluate/probabilityFile.ts';
import { RecentlyUsed } from './recentlyUsed.ts';
import type { FoundPrediction, ReaderHandlers } from './requests.ts';
import { type TopClasses, topClasses, topClassesOf } from './topClasses.ts';
import { tableOf } from './voteTables.ts';

const TOP = 5;

interface PredictionTable {
  readonly index: PredictionIndex;
  readonly top: TopClasses;
  /** Of the true class; NaN without a label. */
  readonly loss: Float32Array;
  readonly metrics: ProbabilityMetrics;
  readonly calibration: Calibration;
}

const tables = new RecentlyUsed<Promise<PredictionTable>>(8);

function predictionTable(directory: string): Promise<PredictionTable> {
  return tables.get(directory, async () => {
    const { index, probabilities } = await readProbabilities(directory);
    const { count, classes } = index;
    const loss = new Float32Array(count).fill(Number.NaN);
    for (let image = 0; image < count; image++) {
      const label = index.labels[image] ?? -1;
      if (label >= 0) loss[image] = -Math.log(Math.max(probabilities[image * classes + label]!, SMALLEST_PROBABILITY));
    }
    return {
      index,
      top: topClasses(probabilities, classes, TOP),
      loss,
      metrics: probabilityMetrics(probabilities, index.labels, classes),
      calibration: calibration(probabilities, index.labels, classes),
    };
  });
}

export async function storedFigures(directory: string): Promise<StoredFigures> {
  const { index, metrics, calibration: bins } = await predictionTable(directory);
  return {
    classNames: index.classNames,
    labelled: metrics.labelled,
    top1Accuracy: metrics.top1,
    top5Accuracy: metrics.top5,
    logLoss: metrics.logLoss,
    calibration: bins,
    skipped: index.skipped,
  };
}

export const predictionImages: ReaderHandlers['predictionImages'] = async ({ directory, filter, offset, limit }) => {
  const table = await predictionTable(directory);
  const { index, top, loss } = table;
  const search = filter.search?.trim().toLowerCase() ?? '';
  const found: number[] = [];
  for (let image = 0; image < index.count; image++) {
    const truth = index.labels[image] ?? -1;
    const said = top.classes.subarray(image * top.shown, (image + 1) * top.shown);
    if (filter.truth !== undefined && truth !== filter.truth) continue;
    if (filter.predicted !== undefined && said[0] !== filter.predicted) continue;
    if (filter.outcome === 'right' && (truth < 0 || said[0] !== truth)) continue;
    if (filter.outcome === 'wrong' && (truth < 0 || said[0] === truth)) continue;
    if (filter.outcome === 'wrongTop5' && (truth < 0 || said.includes(truth))) continue;
    if (
      search !== '' &&
      ![index.paths[image], index.classNames[truth], index.classNames[said[0] ?? -1]].some((text) =>
        text?.toLowerCase().includes(search),
      )
    )
      continue;
    found.push(image);
  }
  const confidence = (image: number): number => top.probabilities[image * top.shown]!;
  // Unlabelled pictures have no loss and come last.
  const lossOf = (image: number): number => {
    const value = loss[image] ?? Number.NaN;
    return Number.isNaN(value) ? -1 : value;
  };
  if (filter.order === 'worstLoss') found.sort((a, b) => lossOf(b) - lossOf(a) || a - b);
  if (filter.order === 'mostConfident') found.sort((a, b) => confidence(b) - confidence(a) || a - b);
  if (filter.order === 'leastConfident') found.sort((a, b) => confidence(a) - confidence(b) || a - b);
  return { total: found.length, images: found.slice(offset, offset + limit).map((image) => rowOf(table, image)) };
};

function rowOf({ index, top, loss }: PredictionTable, image: number): FoundPrediction {
  const own = loss[image] ?? Number.NaN;
  return {
    index: image,
    path: index.paths[image] ?? '',
    truth: index.labels[image] ?? -1,
    loss: Number.isNaN(own) ? null : own,
    top5: topClassesOf(top, image),
  };
}

export const predictionPath: ReaderHandlers['predictionPath'] = async ({ directory, index }) =>
  (await predictionTable(directory)).index.paths[index] ?? null;

export const confusion: ReaderHandlers['confusion'] = async ({ pairs, ...vote }): Promise<ConfusionReport> => {
  const { index, decision } = await tableOf(vote);
  const matrix = confusionMatrix(decision, index.labels, index.classes);
  const cells: number[] = [];
  for (const [cell, count] of matrix.counts)
    cells.push(Math.floor(cell / matrix.classes), cell % matrix.classes, count);
  return {
    classNames: index.classNames,
    classIds: index.classIds,
    total: matrix.total,
    cells,
    pairs: confusedPairs(matrix, pairs),
  };
};

export const classes: ReaderHandlers['classes'] = async ({ directory }) => {
  const { index, top } = await predictionTable(directory);
  const decision = Int32Array.from({ length: index.count }, (_, image) => top.classes[image * top.shown]!);
  const scores = classScores(confusionMatrix(decision, index.labels, index.classes));
  const macro = macroScores(scores);
  const weighted = weightedScores(scores);
  return {
    classes: scores.map(({ class: classIndex, ...score }) => ({
      classIndex,
      name: index.classNames[classIndex] ?? '',
      ...score,
    })),
    macroPrecision: macro.precision,
    macroRecall: macro.recall,
    macroF1: macro.f1,
    weightedPrecision: weighted.precision,
    weightedRecall: weighted.recall,
    weightedF1: weighted.f1,
  };
};
