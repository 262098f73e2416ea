import { RunRequest, type RunSpec } from '../../../contract/runSpec.ts';

/** A run of 10 epochs that has begun. */
export const exampleSpec: RunSpec = {
  ...RunRequest.parse({ model: { name: 'vgg11' }, dataset: 'd-1', epochs: 10, lr: 0.01 }),
  name: 'example',
  fineTuning: null,
  preprocessing: {
    size: 32,
    color: 'rgb',
    fit: 'cover',
    interpolation: 'lanczos3',
    scale: 255,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  classNames: ['a', 'b'],
  classIds: ['a', 'b'],
  datasetFingerprint: 'f',
};
