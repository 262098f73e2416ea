/** Some images of what would be imported, small, so that one sees whether it is the right folder. */
import { readFile } from 'node:fs/promises';
import type { DatasetPreview } from '../../../contract/api/datasets/datasetTypes.ts';
import type { ValueRange } from '../../../contract/valueRange.ts';
import { decodePicture, decodePixels, type DecodedPicture } from '../../data/pictures/decodePicture.ts';
import type { PictureEntry, Scan } from '../../data/readers/reader.ts';
import { encodePixels } from '../../data/set/thumbnail.ts';
import type { FileTree } from '../../data/sources/fileTree.ts';
import { RecordFiles } from '../../data/sources/records.ts';

const SHOWN = 12;
/** Pixels. */
const SIDE = 72;

/** @param entries pictures that can be decoded */
export async function previewSamples(
  tree: FileTree,
  kind: Scan['kind'],
  entries: readonly PictureEntry[],
  valueRange: ValueRange | undefined,
): Promise<DatasetPreview['samples']> {
  const shape = { kind: 'square', size: SIDE, fit: 'cover', interpolation: 'lanczos3' } as const;
  const records = kind === 'records' ? new RecordFiles(tree) : null;
  const decode = async ({ path }: PictureEntry): Promise<DecodedPicture> => {
    if (!records) return decodePicture(await readFile(tree.file(path)), { ...shape, valueRange });
    return decodePixels(records.read(path), shape);
  };
  try {
    const samples: DatasetPreview['samples'] = [];
    for (const entry of ofManyClasses(entries)) {
      const { pixels } = await decode(entry);
      const image = (await encodePixels(pixels, SIDE, SIDE, 3, false)).toString('base64');
      samples.push({ image: `data:image/webp;base64,${image}`, label: entry.label });
    }
    return samples;
  } finally {
    records?.close();
  }
}

/** As many of each class as there is room for, in the order of the classes. */
function ofManyClasses(entries: readonly PictureEntry[]): PictureEntry[] {
  const ofClass = Map.groupBy(entries, ({ label }) => label);
  const classes = [...ofClass.keys()].sort((a, b) => a - b);
  const step = Math.max(1, classes.length / SHOWN);
  const spread = Array.from({ length: Math.min(SHOWN, classes.length) }, (_, i) => classes[Math.floor(i * step)]!);
  const each = Math.max(1, Math.floor(SHOWN / spread.length));
  return spread.flatMap((label) => ofClass.get(label)!.slice(0, each));
}
