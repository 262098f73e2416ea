/** Rows of the data set list: a card with what the list shows beside it. */
import { existsSync } from 'node:fs';
import type { DatasetRow } from '../../../contract/api/datasets/datasetTypes.ts';
import type { DatasetCard } from '../../../contract/dataset.ts';
import { readOverlay } from '../../data/set/overlay.ts';
import type { StudioContext } from '../context.ts';
import { folderSize } from './folderSize.ts';
import { datasetPictureUrls } from './mediaPath.ts';

const SAMPLES_SHOWN = 8;

export async function datasetRow(
  context: StudioContext,
  card: DatasetCard,
  trashedAt: string | null = null,
): Promise<DatasetRow> {
  const directory = context.paths.datasetDir(card.id);
  const { all } = await context.runs.countForDataset(card.id);
  const places = existsSync(directory) ? spread(card.splits.train?.count ?? 0, SAMPLES_SHOWN) : [];
  return {
    ...card,
    runs: all,
    refused: refusedCount(directory),
    diskBytes: await folderSize(directory),
    samples: places.map((at) => datasetPictureUrls(card.id, 'train', at).thumbnail),
    trashedAt,
  };
}

/** Places of up to `shown` of `length` images, evenly over all of them. */
function spread(length: number, shown: number): number[] {
  const count = Math.min(length, shown);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * length) / count));
}

/** 0 where the list of changed images is damaged: that is said where it is used. */
function refusedCount(directory: string): number {
  try {
    return readOverlay(directory).changes.filter(({ refused }) => refused !== undefined).length;
  } catch {
    return 0;
  }
}
