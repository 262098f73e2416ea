/** Names of splits as people write them: train_images, seg_test, Validation, dev, eval, val2, images_train … */
import type { Split } from '../../../contract/dataset.ts';

const WORDS: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  trainset: 'train',
  trn: 'train',
  val: 'val',
  valid: 'val',
  validate: 'val',
  validation: 'val',
  dev: 'val',
  devel: 'val',
  development: 'val',
  eval: 'val',
  evaluation: 'val',
  publictest: 'val',
  test: 'test',
  testing: 'test',
  testset: 'test',
  tst: 'test',
  privatetest: 'test',
};

/** What stands beside the word and says nothing. */
const FILLERS: ReadonlySet<string> = new Set([
  '',
  'set',
  'split',
  'data',
  'dataset',
  'image',
  'images',
  'img',
  'imgs',
  'photos',
  'pictures',
  'pics',
  'files',
  'folder',
  'seg',
  'final',
  'label',
  'labels',
  'labelled',
  'labeled',
  'list',
  'csv',
]);

/** The split that is called `name` and nothing else: `train`, `Validation`, `TEST`. */
export function plainSplit(name: string): Split | undefined {
  return WORDS[name.trim().toLowerCase()];
}

/**
 * The split that `name` speaks of, as a folder or list would: one word for a split, fillers and a number beside it.
 * `train_images`, `seg-test`, `val2`, `trainLabels`; not `testimony`, `train_station` or `train_test`.
 */
export function splitOfName(name: string): Split | undefined {
  const plain = plainSplit(name);
  if (plain !== undefined) return plain;
  const parts = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_.-]+|(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])/);
  let split: Split | undefined;
  for (const part of parts) {
    const word = WORDS[part];
    if (word === undefined) {
      if (!FILLERS.has(part) && !/^\d+$/.test(part)) return undefined;
    } else if (split !== undefined && split !== word) return undefined;
    else split = word;
  }
  return split;
}
