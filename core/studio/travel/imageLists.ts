/** Whether the images that a run was trained on are on this machine as well, wherever they lie. */
import { isDeepStrictEqual } from 'node:util';
import type { DatasetCard } from '../../../contract/dataset.ts';
import { readIndex } from '../../data/set/datasetIndex.ts';
import type { StudioContext } from '../context.ts';
import type { ImageList } from './runArchive.ts';

/** @throws {StudioError} file.damaged */
export function imageListOf({ paths }: StudioContext, card: DatasetCard): ImageList {
  const { splits } = readIndex(paths.datasetDir(card.id));
  const { id, name, fingerprint, classIds } = card;
  const lists = Object.entries(splits).map(([split, { paths: files, labels, contentKeys }]) => [
    split,
    { paths: files, labels, ...(contentKeys && { contentKeys }) },
  ]);
  return { id, name, fingerprint, classIds, splits: Object.fromEntries(lists) as ImageList['splits'] };
}

/** The data set here that holds the same images in the same order; null without one. */
export async function sameImagesHere(context: StudioContext, wanted: ImageList): Promise<DatasetCard | null> {
  for (const card of (await context.datasets.list()).datasets) {
    if (!isDeepStrictEqual(card.classIds, wanted.classIds)) continue;
    if (card.fingerprint === wanted.fingerprint || hasSameBytes(context, card, wanted)) return card;
  }
  return null;
}

/** A copy has other times of change, and so another fingerprint. */
function hasSameBytes(context: StudioContext, card: DatasetCard, wanted: ImageList): boolean {
  const known = Object.values(wanted.splits).every((split) => split.contentKeys?.length === split.paths.length);
  if (!known) return false;
  try {
    return isDeepStrictEqual(imageListOf(context, card).splits, wanted.splits);
  } catch {
    // its own list is damaged, which its page says
    return false;
  }
}
