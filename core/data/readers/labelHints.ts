/** Where the labels of images may be that no reader found: said beside the error, so that nobody looks elsewhere. */
import type { FileTree } from '../sources/fileTree.ts';
import { byEnding } from '../sources/pictureFiles.ts';

/** Files that people keep labels in; lists among them were no lists that could be read. */
const TABLES = /\.(mat|xlsx?|ods|json|xml|parquet|pkl|npz|h5|db|sqlite|txt|csv|tsv)$/i;
/** Folders in which object detectors keep boxes. */
const BOXES = /^(annotations?|labels?|bboxes?)$/i;
const MOST_CLASSES = 1000;
const SHOWN = 4;

/** Sentences, each after a blank; empty where nothing is there. `names` are those of the images without labels. */
export function labelHints(tree: FileTree, names: readonly string[]): string {
  const { folders, others } = tree.list('');
  const hints: string[] = [];
  const inNames = classesInNames(names);
  if (inNames !== null)
    hints.push(
      `The names of the images begin with ${inNames.slice(0, SHOWN).join(', ')}${inNames.length > SHOWN ? ', …' : ''}: ` +
        'if these are the classes, move the images into folders of these names.',
    );
  const tables = others.filter((name) => TABLES.test(name));
  if (tables.length > 0)
    hints.push(
      `The files beside it were not read: ${byEnding(tables)}. If they hold the labels, save them as a CSV list with ` +
        'the columns path and label.',
    );
  if (hasBoxes(tree, folders, others))
    hints.push(
      'The files look like boxes of objects (COCO, YOLO, VOC), which are not read: Quorum tells whole images apart. ' +
        'Cut the objects out into a folder for each class.',
    );
  return hints.map((hint) => ` ${hint}`).join('');
}

function hasBoxes(tree: FileTree, folders: readonly string[], others: readonly string[]): boolean {
  const places = ['', ...folders].map((folder) => (folder === '' ? folders : tree.list(folder).folders));
  return others.includes('data.yaml') || places.some((inside) => inside.some((name) => BOXES.test(name)));
}

/** `cat.0.jpg`, `dog_12.png`: the words before the numbers, where there are few of them and each has images. */
export function classesInNames(names: readonly string[]): string[] | null {
  const counts = new Map<string, number>();
  for (const name of names) {
    const word = /^(\p{L}[\p{L} _-]*?)[ ._-]*\(?\d+\)?\.\w+$/u.exec(name)?.[1];
    if (word === undefined) return null;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const several = counts.size >= 2 && counts.size <= MOST_CLASSES && [...counts.values()].every((count) => count > 1);
  return several ? [...counts.keys()].sort() : null;
}
