/**
 * The cropped digits of SVHN (Netzer et al. 2011), 32 × 32 pixels, as unpacking its train_32x32.mat and test_32x32.mat
 * leaves them. The digit 0 has the label 10.
 */
import { columnReader } from './columnRecords.ts';

const DIGITS = 10;

export const svhn = columnReader({
  layout: 'svhn',
  looksLike: 'svhn: train_32x32.mat, test_32x32.mat, fetched by Quorum',
  title: 'SVHN, cropped digits',
  trainFiles: ['train_32x32_X.bin'],
  testFile: 'test_32x32_X.bin',
  trainRecords: 73_257,
  testRecords: 26_032,
  classNames: Array.from({ length: DIGITS }, (_, digit) => String(digit)),
  namesFile: null,
  classOf: (stored) => (stored >= 1 && stored <= DIGITS ? stored % DIGITS : -1),
  unused: {},
});
