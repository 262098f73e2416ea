/** Stored evaluations as tables to paste, one for each split of each data set. */
import { imagesInWords, imagesKey } from '../../../contract/evaluation.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import {
  type EvaluationTable,
  evaluationTable,
  formatEvaluationTable,
  type MeasuredFigure,
  type TableFormat,
  type TableOptions,
} from '../../evaluate/evaluationTable.ts';
import { openProbabilities, readProbabilities } from '../../evaluate/probabilityFile.ts';
import { getModel } from '../../models/registry.ts';
import type { StudioPaths } from '../records/paths.ts';
import { withoutTrainingCopies } from './trainingCopies.ts';

export interface TableChoice extends TableOptions {
  /** Figures without pictures of the training split, where the data set was searched for them. */
  readonly withoutDuplicates?: boolean;
}

export interface CaptionedTable extends EvaluationTable {
  readonly caption: string;
}

/**
 * One table for each split of each data set among `evaluations` (newest first), so that no two sets of pictures are
 * ever compared.
 */
export async function tablesByDataset(
  evaluations: readonly Evaluation[],
  paths: StudioPaths,
  { withoutDuplicates: cleaned = false, ...options }: TableChoice,
): Promise<CaptionedTable[]> {
  const onSplits = evaluations.filter(({ images }) => images.kind === 'split');
  const groups = Map.groupBy(onSplits, ({ images, count }) => `${imagesKey(images)} ${count}`);
  const tables: CaptionedTable[] = [];
  for (const group of groups.values()) {
    const [{ images, count }] = group as [Evaluation];
    const named = nameApart(group);
    const figures = await Promise.all(
      named.map((one) => (cleaned ? cleanFigure(one, paths) : figureOf(one, options.intervals ?? false))),
    );
    const removed = new Set(figures.map((figure) => figure.removed));
    const without = cleaned
      ? `, without ${[...removed].map((n) => n ?? 'known').join(' or ')} copies of training images`
      : '';
    tables.push({
      ...evaluationTable(figures, options),
      caption: `${imagesInWords(images)}, ${count} images${without}`,
    });
  }
  return tables;
}

/** Runs of a grid are often called alike: the id behind the name keeps their rows apart. */
export function nameApart<E extends Pick<Evaluation, 'network' | 'runId'>>(evaluations: readonly E[]): E[] {
  const runsOf = Map.groupBy(evaluations, ({ network }) => network);
  return evaluations.map((one) => {
    const alike = new Set(runsOf.get(one.network)?.map(({ runId }) => runId));
    return alike.size > 1 && one.runId !== null ? { ...one, network: `${one.network} (${one.runId})` } : one;
  });
}

export function tablesAsText(tables: readonly CaptionedTable[], format: TableFormat): string {
  return tables.map((table) => formatEvaluationTable(table, table.caption, format)).join('\n\n');
}

type Figure = MeasuredFigure & { readonly removed: number | null };

async function figureOf(one: Evaluation, exact: boolean): Promise<Figure> {
  const { network, runId, model, protocol, top1, top5, count, path } = one;
  return {
    network,
    runId,
    published: getModel(model).published,
    protocol,
    top1,
    top5,
    labelled: exact ? await labelledIn(path) : count,
    removed: null,
  };
}

async function labelledIn(path: string): Promise<number> {
  const reader = await openProbabilities(path);
  try {
    return reader.index.labels.filter((label) => label >= 0).length;
  } finally {
    await reader.close();
  }
}

async function cleanFigure(one: Evaluation, paths: StudioPaths): Promise<Figure> {
  const clean = await withoutTrainingCopies(one.images, paths, await readProbabilities(one.path));
  if (!clean) return figureOf(one, true);
  const { removed, metrics } = clean.near;
  return {
    ...(await figureOf(one, false)),
    top1: metrics.top1.accuracy,
    top5: metrics.top5.accuracy,
    labelled: metrics.labelled,
    removed,
  };
}
