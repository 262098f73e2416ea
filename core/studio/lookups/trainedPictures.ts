/** Pictures of a split as training meets them: with the labels of the overlay, without what it leaves out. */
import { openTree } from '../../data/archive/storedTree.ts';
import { readIndex } from '../../data/set/datasetIndex.ts';
import { overlaid, readOverlay, withRefusedInPlace } from '../../data/set/overlay.ts';
import { StudioError } from '../../../contract/errors.ts';
import { indices } from './datasetTables.ts';
import type { ReaderHandlers } from './requests.ts';

export const trainedPictures: ReaderHandlers['trainedPictures'] = ({ directory, root, split, classIds, ...asked }) => {
  const { kind, splits } = indices.get(directory, () => readIndex(directory));
  const columns = splits[split];
  if (!columns) throw new StudioError('dataset.missingSplit', `The data set has no ${split} split.`);
  const { paths, labels, widths, heights, sizesBytes, modifiedMs, contentKeys } = columns;
  const tree = openTree(root, directory);
  const view = overlaid(
    { length: paths.length, labels: Int32Array.from(labels), pathOf: (at) => paths[at] ?? '' },
    split,
    withRefusedInPlace(readOverlay(directory)),
    classIds,
  );
  const length = view?.length ?? paths.length;
  const placeOf = (index: number): number => view?.positionOf(index) ?? index;
  const found =
    'places' in asked
      ? asked.places.map((place) => indexOf(place, length, placeOf))
      : Array.from({ length: Math.min(asked.spread, length) }, (_, i) =>
          Math.floor(((i + 0.5) * length) / Math.min(asked.spread, length)),
        );
  return {
    kind,
    pictures: found.map((index) => {
      if (index === null) return null;
      const place = placeOf(index);
      const path = paths[place] ?? '';
      const file =
        kind === 'records'
          ? null
          : {
              path: tree.file(path),
              width: widths[place] ?? 0,
              height: heights[place] ?? 0,
              sizeBytes: sizesBytes[place] ?? 0,
              modifiedMs: modifiedMs[place] ?? 0,
              contentKey: contentKeys?.[place],
            };
      return { place, index, path, label: view?.labels[index] ?? labels[place] ?? -1, file };
    }),
  };
};

/**
 * Index in training of the picture at `place` of the import; null where it is left out. Places grow with the indices.
 */
function indexOf(place: number, length: number, placeOf: (index: number) => number): number | null {
  let [low, high] = [0, length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = placeOf(middle);
    if (found === place) return middle;
    if (found < place) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}
