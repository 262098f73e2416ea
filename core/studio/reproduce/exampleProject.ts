/** An example of a reproduction project, written for the user to edit. */
import { existsSync } from 'node:fs';
import { StudioError } from '../../../contract/errors.ts';
import type { ReproductionProject } from '../../../contract/results/reproduction.ts';
import { writeDurableJsonSync } from '../../files/durableFile.ts';

const EXAMPLE: ReproductionProject = {
  id: 'my-table',
  title: 'Two networks on my images',
  question: 'What was asked, and how it was measured.',
  source: 'https://example.org/the-published-table',
  paper: null,
  dataset: { name: 'my-images', title: 'My images', classes: 10, images: { val: 1000 } },
  rows: [
    {
      id: 'first',
      title: 'ResNet-18',
      model: 'resnet18',
      options: { smallInput: true },
      preset: 'sgdCosine',
      recipe: null,
      weights: [],
    },
  ],
  columns: [
    {
      id: 'val-top1',
      title: 'Validation top-1, %',
      metric: 'top1',
      split: 'val',
      protocol: 'as-trained',
      size: null,
      epoch: 'best',
      comparison: 'retrained',
    },
  ],
  published: { first: { 'val-top1': '90.12' } },
  notes: [],
};

/** @throws {StudioError} input.invalid: there is a file of this name */
export function writeExampleProject(file: string): void {
  if (existsSync(file))
    throw new StudioError('input.invalid', `${file} is there already.`, { remedy: 'Choose another name.' });
  writeDurableJsonSync(file, EXAMPLE);
}
