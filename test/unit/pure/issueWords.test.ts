import { expect, test } from 'vitest';
import { z } from 'zod';
import { issueWords } from '../../../pure/issueWords.ts';

const Asked = z.object({
  fractions: z.object({ val: z.number().max(0.9) }).optional(),
  batchSize: z.int().min(1).optional(),
  lr: z.number().gt(0).optional(),
  name: z
    .string()
    .min(1)
    .max(5)
    .regex(/^[a-z]+$/)
    .optional(),
  split: z.enum(['train', 'val']).optional(),
  crops: z.array(z.string()).max(2).optional(),
  own: z
    .string()
    .refine((text) => text !== 'x', 'Choose another word')
    .optional(),
});

test.each([
  [{ fractions: { val: 5 } }, 'Fractions, val: at most 0.9'],
  [{ batchSize: 0 }, 'Batch size: at least 1'],
  [{ batchSize: 1.5 }, 'Batch size: a whole number'],
  [{ lr: 0 }, 'Lr: above 0'],
  [{ name: 'abcdef' }, 'Name: at most 5 characters'],
  [{ name: 'A' }, 'Name: has characters that are not allowed here'],
  [{ split: 'other' }, 'Split: one of train, val'],
  [{ crops: ['a', 'b', 'c'] }, 'Crops: at most 2 entries'],
  [{ own: 'x' }, 'Own: Choose another word'],
])('%j', (value, words) => {
  const { error } = Asked.safeParse(value);
  expect(error?.issues.map(issueWords)).toEqual([words]);
});
