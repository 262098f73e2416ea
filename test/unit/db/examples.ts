/** Records that tests put into a database. */
import type { DatasetCard } from '../../../contract/dataset.ts';
import type { DeviceReport } from '../../../contract/run.ts';
import { RunSpec } from '../../../contract/runSpec.ts';
import type { Evaluation } from '../../../core/db/evaluationRepository.ts';
import { asTrainedBy } from '../../../core/evaluate/protocols/asTrained.ts';

export const DEVICE: DeviceReport = {
  kind: 'cpu',
  name: 'Test processor',
  memoryBytes: null,
  engine: 'tensorflow',
  engineVersion: '2.21.0',
  threads: 2,
  notice: null,
};

export function exampleCard(change: Partial<DatasetCard> = {}): DatasetCard {
  return {
    id: 'd-20260101-0001',
    name: 'Shapes',
    layout: 'class-folders',
    root: '/pictures/shapes',
    classIds: ['circle', 'square'],
    classNames: ['circle', 'square'],
    splits: {
      train: { count: 100, labelled: true, perClass: [50, 50] },
      val: { count: 20, labelled: true, perClass: [10, 10] },
    },
    splitRule: 'folders train and val',
    nativeSize: { width: 64, height: 64 },
    sizes: { minWidth: 64, maxWidth: 64, minHeight: 64, maxHeight: 64 },
    grayOnly: false,
    channelMean: [0.4, 0.5, 0.6],
    channelStd: [0.2, 0.25, 0.3],
    quarantined: 0,
    notes: [],
    fingerprint: 'f'.repeat(64),
    createdAt: '2026-01-01T00:00:00.000Z',
    ...change,
  };
}

export function exampleSpec(change: Partial<RunSpec> = {}): RunSpec {
  const card = exampleCard();
  return RunSpec.parse({
    name: 'vgg11 on Shapes',
    model: { name: 'vgg11' },
    dataset: card.id,
    preprocessing: { size: 64, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    classNames: card.classNames,
    classIds: card.classIds,
    datasetFingerprint: card.fingerprint,
    ...change,
  });
}

/** Of the run's settings above, by nobody yet; it lies at `/v`. */
export function exampleEvaluation(): Evaluation {
  return {
    id: 'v-20260101-0001',
    runId: null,
    checkpointSeq: 2,
    weightsPath: null,
    network: 'first',
    model: 'vgg11',
    images: { kind: 'split', datasetId: 'd-1', datasetName: 'Shapes', split: 'val' },
    protocol: asTrainedBy(exampleSpec().preprocessing),
    precision: 'f32',
    limit: null,
    path: '/v',
    count: 10,
    classes: 2,
    top1: 0.5,
    top5: 1,
    loss: 0.7,
    device: DEVICE,
    imagesPerSec: 12.5,
    dataFingerprint: 'd',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}
