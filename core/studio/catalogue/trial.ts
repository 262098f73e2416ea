/** Published weights on images at hand: whether they reach what was published. Until then they are not tried. */
import type { CatalogueWeights, PublishedTrial } from '../../../contract/catalogue.ts';
import type { DatasetCard } from '../../../contract/dataset.ts';
import type { ImportedWeights } from '../../../contract/weights/weights.ts';
import { matchClasses } from '../../../pure/classes/classMatch.ts';
import { compareSameWeights } from '../../evaluate/verdict.ts';
import type { StudioContext } from '../context.ts';
import { findMember } from '../results/members.ts';
import { predictionsOfMember } from '../results/predictions.ts';
import { classesOf } from './publishedUse.ts';

/**
 * Half the width of the interval at which an agreement says something of a file: twice that of a reproduced table, since
 * wrong weights, classes or preprocessing are off by more.
 */
const DECISIVE_HALF_WIDTH = 0.02;
/** Labelled images that the published figures count. */
const POPULATION: Readonly<Record<CatalogueWeights['classList'], number>> = {
  'imagenet-1k': 50_000,
  'cifar-10': 10_000,
  'cifar-100': 10_000,
  mnist: 10_000,
};

/** The data set to try weights on: the published classes, all of them, with labelled images in the published split. */
export async function trialDataset(
  { datasets }: Pick<StudioContext, 'datasets'>,
  { classList, published: [figure] }: CatalogueWeights,
): Promise<DatasetCard | null> {
  const classes = classesOf(classList);
  const fits = ({ classIds, classNames, splits }: DatasetCard): boolean =>
    classIds.length === classes.ids.length &&
    splits[figure!.split]?.labelled === true &&
    matchClasses(classes, { ids: classIds, names: classNames }).common === classes.ids.length;
  return (await datasets.list()).datasets.find(fits) ?? null;
}

/** What the weights said of such a data set, beside the published figure; null: not tried yet. */
export async function trialOf(
  context: StudioContext,
  entry: CatalogueWeights,
  { id }: Pick<ImportedWeights, 'id'>,
): Promise<PublishedTrial | null> {
  const dataset = await trialDataset(context, entry);
  const [figure] = entry.published;
  if (!dataset || !figure) return null;
  const member = await findMember(context, { kind: 'weights', text: id });
  const said = (await predictionsOfMember(context, member)).find(
    ({ images, top1 }) =>
      top1 !== null && images.kind === 'split' && images.datasetId === dataset.id && images.split === figure.split,
  );
  if (!said || said.top1 === null) return null;
  const total = said.count;
  const text = String(figure.top1Pct);
  const published = {
    share: figure.top1Pct / 100,
    decimals: text.includes('.') ? text.length - text.indexOf('.') - 1 : 0,
  };
  const ours = { correct: Math.round(said.top1 * total), total, population: POPULATION[entry.classList] };
  return {
    evaluationId: said.id,
    dataset: dataset.name,
    images: total,
    top1Pct: 100 * said.top1,
    publishedPct: figure.top1Pct,
    verdict:
      figure.crop === null
        ? { kind: 'notComparable', reason: 'the publisher does not say how images were resized' }
        : compareSameWeights(published, ours, { decisiveHalfWidth: DECISIVE_HALF_WIDTH }),
  };
}
