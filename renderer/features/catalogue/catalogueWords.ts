/** An entry of the catalogue in words. */
import type { CatalogueRow } from '../../../contract/api/catalogue.ts';
import type { CatalogueEntry, PublishedTrial } from '../../../contract/catalogue.ts';
import { bytes, count, fixed } from '../../format/numbers.ts';

export const sizeOf = ({ approximateBytes }: CatalogueEntry): string =>
  approximateBytes === null ? 'size unknown' : bytes(approximateBytes);

/** "92.6 % top-1 on CIFAR-10, whole image"; a data set has its images in its place. */
export function publishedWords(entry: CatalogueEntry): string {
  if (entry.kind === 'weights') {
    const { top1Pct, dataset, protocol } = entry.published[0]!;
    return `${top1Pct} % top-1 on ${dataset}, ${protocol}`;
  }
  const splits = Object.entries(entry.images).filter(([, images]) => images > 0);
  return `${count(entry.classes)} classes; ${splits.map(([split, images]) => `${count(images)} ${split}`).join(', ')}`;
}

const VERDICT_WORDS: Readonly<Record<PublishedTrial['verdict']['kind'], string>> = {
  agrees: 'agrees',
  differs: 'differs',
  tooFewImages: 'too few images to tell',
  notComparable: 'cannot be compared',
};

/** Whether weights reach what was published; green only where they were tried and agree. */
export function trialWords({ hereId, trial }: CatalogueRow): { text: string; tone: 'good' | 'bad' | 'calm' } | null {
  if (hereId === null) return null;
  if (!trial) return { text: 'Not tried: no images of its classes here', tone: 'calm' };
  const { verdict, publishedPct, top1Pct, images, dataset } = trial;
  const half =
    verdict.kind === 'notComparable' ? '' : ` ± ${fixed(50 * (verdict.interval.high - verdict.interval.low), 1)}`;
  return {
    text:
      `Published ${publishedPct}, here ${fixed(top1Pct, 2)}${half} on ${count(images)} images of ${dataset}: ` +
      VERDICT_WORDS[verdict.kind],
    tone: verdict.kind === 'agrees' ? 'good' : verdict.kind === 'differs' ? 'bad' : 'calm',
  };
}
