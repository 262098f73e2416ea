/** STL-10's binary version (Coates, Ng, Lee 2011): images of 96 × 96 pixels, labels from 1, class_names.txt. */
import { columnReader } from './columnRecords.ts';

export const stl10Binary = columnReader({
  layout: 'stl10-binary',
  looksLike: 'stl10-binary: train_X.bin, train_y.bin, test_X.bin, test_y.bin, class_names.txt',
  title: 'STL-10',
  trainFiles: ['train_X.bin'],
  testFile: 'test_X.bin',
  trainRecords: 5000,
  testRecords: 8000,
  classNames: ['airplane', 'bird', 'car', 'cat', 'deer', 'dog', 'horse', 'monkey', 'ship', 'truck'],
  namesFile: 'class_names.txt',
  classOf: (stored) => stored - 1,
  unused: {
    'unlabeled_X.bin': 'the images of unlabeled_X.bin have no labels and are left out',
    'fold_indices.txt': 'the ten training folds of fold_indices.txt are not used',
  },
});
