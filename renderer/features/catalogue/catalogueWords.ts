/** An entry of the catalogue in words. */
import type { CatalogueRow } from '../../../contract/api/catalogue.ts';
import type { CatalogueEntry } from '../../../contract/catalogue.ts';
import { missingImages, triedWords } from '../../../pure/trialWords.ts';
import { bytes, count } from '../../format/numbers.ts';

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

/** Whether weights reach what was published; green only where they were tried and agree. */
export function trialWords({ entry, hereId, trial, trialOn }: CatalogueRow): {
  text: string;
  tone: 'good' | 'bad' | 'calm';
} | null {
  if (hereId === null || entry.kind !== 'weights') return null;
  if (trial) {
    const { kind } = trial.verdict;
    return { text: triedWords(trial), tone: kind === 'agrees' ? 'good' : kind === 'differs' ? 'bad' : 'calm' };
  }
  return { text: trialOn ? 'Not tried' : `Not tried: ${missingImages(entry)}`, tone: 'calm' };
}
