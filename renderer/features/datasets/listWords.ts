/** What separates the columns of a list, in words. */
import type { ListDelimiter } from '../../../contract/dataset.ts';

export const DELIMITER_WORDS: readonly (readonly [ListDelimiter, string])[] = [
  [',', 'Comma'],
  [';', 'Semicolon'],
  ['\t', 'Tab'],
  ['|', 'Vertical bar'],
  [' ', 'Blank before the class'],
];
