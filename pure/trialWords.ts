/** What came of trying published weights, in words. */
import type { CatalogueWeights, PublishedTrial } from '../contract/catalogue.ts';

const VERDICT_WORDS: Readonly<Record<PublishedTrial['verdict']['kind'], string>> = {
  agrees: 'agrees',
  differs: 'differs',
  tooFewImages: 'too few images to tell',
  notComparable: 'cannot be compared',
};

const verdictWords = (verdict: PublishedTrial['verdict']): string =>
  verdict.kind === 'notComparable' ? `${VERDICT_WORDS.notComparable}: ${verdict.reason}` : VERDICT_WORDS[verdict.kind];

/** "Published 92.6, here 92.90 ± 1.8 on 846 images of cifar-10: agrees". */
export function triedWords({ verdict, publishedPct, top1Pct, images, dataset }: PublishedTrial): string {
  const half =
    verdict.kind === 'notComparable' ? '' : ` ± ${(50 * (verdict.interval.high - verdict.interval.low)).toFixed(1)}`;
  return (
    `Published ${publishedPct}, here ${top1Pct.toFixed(2)}${half} on ${images.toLocaleString('en')} images of ` +
    `${dataset}: ${verdictWords(verdict)}`
  );
}

/** What is missing for a trial; the name of the published data set is that of its entry in the catalogue. */
export function missingImages({ classes, classList, published }: CatalogueWeights): string {
  const { split } = published[0]!;
  return `needs labelled ${split} images of its ${classes.toLocaleString('en')} classes, such as ${classList}`;
}
