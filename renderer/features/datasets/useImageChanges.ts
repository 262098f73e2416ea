/** Excluding images of a data set and giving them another class, with the undo; the files stay as they are. */
import type { OverlayChange, Split } from '../../../contract/dataset.ts';
import type { DatasetRow } from '../../../contract/api/datasets/datasetTypes.ts';
import { plural } from '../../format/numbers.ts';
import { useNoticesStore } from '../shell/noticesStore.ts';
import { useDatasetChangesStore } from './datasetChangesStore.ts';

interface Place {
  readonly split: Split;
  readonly path: string;
}

export function useImageChanges(set: () => DatasetRow) {
  const store = useDatasetChangesStore();
  const notices = useNoticesStore();
  const known = (image: Place): OverlayChange =>
    store.changeOf(set().id, image) ?? { split: image.split, path: image.path, exclude: false };
  async function apply(images: readonly Place[], next: (change: OverlayChange) => OverlayChange, said: string) {
    const { id } = set();
    const before = images.map(known);
    if (!(await notices.attempt(() => store.change(id, before.map(next))))) return;
    notices.say(said, async () => {
      await store.change(id, before);
    });
  }
  const words = (images: readonly Place[]): string =>
    images.length === 1 ? images[0]!.path : plural(images.length, 'image');
  const are = (images: readonly Place[]): string => (images.length === 1 ? 'is' : 'are');
  return {
    exclude: (images: readonly Place[]) =>
      apply(images, (change) => ({ ...change, exclude: true }), `${words(images)} ${are(images)} excluded.`),
    /** As they were imported. */
    include: (images: readonly Place[]) =>
      apply(
        images,
        ({ split, path }) => ({ split, path, exclude: false }),
        `${words(images)} ${are(images)} used as imported.`,
      ),
    relabel: (images: readonly Place[], label: string) =>
      apply(
        images,
        (change) => ({ ...change, label }),
        `${words(images)} now ${images.length === 1 ? 'counts' : 'count'} as ` +
          `${set().classNames[set().classIds.indexOf(label)] ?? label}.`,
      ),
  };
}
