/** The splits of a data set whose pictures are read from their files while training. */
import type { DatasetOverlay, Split } from '../../../contract/dataset.ts';
import { treeOf } from '../archive/storedTree.ts';
import type { DatasetIndex } from '../set/datasetIndex.ts';
import { overlaid, readOverlay } from '../set/overlay.ts';
import type { FileSplit, OpenDataset } from '../types.ts';

/**
 * A split as `overlay` has it; null where the data set has none of that name.
 * @throws {StudioError} file.damaged
 */
export function openFileSplit(
  dataset: OpenDataset,
  { splits }: DatasetIndex,
  name: Split,
  overlay: DatasetOverlay = readOverlay(dataset.directory),
): FileSplit | null {
  const columns = splits[name];
  if (columns === undefined) return null;
  const tree = treeOf(dataset);
  const { paths, widths, heights, sizesBytes, modifiedMs, contentKeys } = columns;
  const whole = {
    length: paths.length,
    labels: Int32Array.from(columns.labels),
    pathOf: (i: number) => paths[i]!,
  };
  const view = overlaid(whole, name, overlay, dataset.card.classIds) ?? { ...whole, positionOf: (i: number) => i };
  return {
    ...view,
    fileOf: (index) => {
      const place = view.positionOf(index);
      return {
        path: tree.file(paths[place]!),
        width: widths[place]!,
        height: heights[place]!,
        sizeBytes: sizesBytes[place]!,
        modifiedMs: modifiedMs[place]!,
        contentKey: contentKeys?.[place],
      };
    },
  };
}
