/**
 * What STL-10 and SVHN share: files of images in three planes, column by column (`…_X.bin`), and the bytes of their
 * labels beside them (`…_y.bin`).
 */
import { readFileSync, statSync } from 'node:fs';
import type { LayoutName } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { fileError } from '../../files/fileErrors.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { columnRecordBytes } from '../sources/records.ts';
import { classNamesFrom, scanBatches, type CifarFiles } from './cifarBatches.ts';
import type { Reader } from './reader.ts';

export interface ColumnVersion extends CifarFiles {
  readonly layout: LayoutName;
  /** The layout in one line. */
  readonly looksLike: string;
  readonly classNames: readonly string[];
  /** List of the classes, where the data set has one. */
  readonly namesFile: string | null;
  /** The class of a stored label; −1 where no class has it. */
  classOf(stored: number): number;
  /** Files that are not used, and what is said of them. */
  readonly unused: Readonly<Record<string, string>>;
}

function labelFile(imageFile: string): string {
  return imageFile.replace('_X', '_y');
}

export function columnReader(version: ColumnVersion): Reader {
  const { layout, looksLike, title, trainFiles, testFile, classNames, namesFile, unused } = version;
  const imageFiles = [...trainFiles, testFile];
  const files = imageFiles.flatMap((file) => [file, labelFile(file)]);
  return {
    layout,
    looksLike,
    detect(tree) {
      const { others } = tree.list('');
      const found = files.filter((name) => others.includes(name));
      if (!found.some((name) => imageFiles.includes(name))) return null;
      return { confidence: 0.9, description: `${title}: ${found.join(', ')}` };
    },
    scan(tree, options) {
      const missing = files.filter((name) => !tree.has(name));
      if (missing.length > 0)
        throw new StudioError(
          'dataset.layoutMismatch',
          `${title} has ${files.join(', ')}; missing here: ${missing.join(', ')}.`,
          { remedy: 'Download or unpack it again.', details: { missing } },
        );
      const named =
        namesFile === null
          ? { names: [...classNames], notes: [], files: [] }
          : classNamesFrom(tree, namesFile, classNames, `${title}'s class names are used`);
      const found = scanBatches(tree, options, version, (file) => labelsOf(tree, file, version), named);
      return {
        ...found,
        sourceFiles: [...found.sourceFiles, ...imageFiles.map(labelFile)],
        notes: [...found.notes, ...Object.entries(unused).flatMap(([file, note]) => (tree.has(file) ? [note] : []))],
      };
    },
  };
}

/** What no class has: above every number of classes. */
const NO_CLASS = 255;

/**
 * Labels from 0 of all records of one file.
 * @throws {StudioError} dataset.recordSize: the images are no whole records, or not as many as the labels
 */
function labelsOf(tree: FileTree, file: string, { title, classOf }: ColumnVersion): number[] {
  const images = tree.file(file);
  const recordBytes = columnRecordBytes(file);
  try {
    const sizeBytes = statSync(images).size;
    const stored = readFileSync(tree.file(labelFile(file)));
    if (sizeBytes !== stored.length * recordBytes)
      throw new StudioError(
        'dataset.recordSize',
        `${file} has ${sizeBytes.toLocaleString('en')} bytes; the ${stored.length.toLocaleString('en')} labels of ` +
          `${labelFile(file)} ask for ${recordBytes.toLocaleString('en')} bytes each.`,
        { remedy: `Download or unpack ${title} again.`, details: { file, sizeBytes, recordBytes } },
      );
    return Array.from(stored, (label) => {
      const index = classOf(label);
      return index < 0 ? NO_CLASS : index;
    });
  } catch (error) {
    throw fileError(error, images, { subject: 'dataset' });
  }
}
