/** Data folders with much in them, written by the studio's own repositories: what a year of work leaves behind. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetCard } from '../../../contract/dataset.ts';
import { metricPoint, type MetricPoint } from '../../../contract/metrics.ts';
import type { DeviceReport } from '../../../contract/run.ts';
import { RunSpec } from '../../../contract/runSpec.ts';
import { createEnsembleRepository } from '../../../core/db/ensembleRepository.ts';
import { openDatabase } from '../../../core/db/open.ts';
import { createEvaluationRepository } from '../../../core/db/evaluationRepository.ts';
import { createRunRepository } from '../../../core/db/runs/runRepository.ts';
import { createDatasetRepository } from '../../../core/db/datasetRepository.ts';
import { keyedRandom } from '../../../core/data/random.ts';
import { openProbabilityWriter } from '../../../core/evaluate/probabilityFile.ts';
import { asTrainedBy } from '../../../core/evaluate/protocols/asTrained.ts';
import { studioPaths } from '../../../core/studio/records/paths.ts';

const DEVICE: DeviceReport = {
  kind: 'cpu',
  name: 'Test processor',
  memoryBytes: null,
  engine: 'tensorflow',
  engineVersion: '2.21.0',
  threads: 2,
  notice: null,
};
const EPOCHS = 50;

/** An IDX data set of `count` test pictures of 28×28 and a few for training, to be imported. */
export function writeIdx(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true });
  for (const [part, amount] of [
    ['train', 200],
    ['t10k', count],
  ] as const) {
    const images = Buffer.alloc(16 + amount * 784);
    images.writeUInt32BE(0x803, 0);
    for (const [at, value] of [amount, 28, 28].entries()) images.writeUInt32BE(value, 4 + 4 * at);
    for (let at = 16; at < images.length; at++)
      images[at] = (((at - 16) % 784) * 7 + Math.floor((at - 16) / 784) * 13) & 255;
    const labels = Buffer.alloc(8 + amount);
    labels.writeUInt32BE(0x801, 0);
    labels.writeUInt32BE(amount, 4);
    for (let at = 0; at < amount; at++) labels[8 + at] = at % 10;
    writeFileSync(join(folder, `${part}-images-idx3-ubyte`), images);
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), labels);
  }
}

/**
 * `runs` finished runs on the one imported data set, counted from `first`, with `points` metric points each. Returns
 * their ids.
 */
export async function addRuns(dataDir: string, runs: number, points: number, first = 0): Promise<string[]> {
  const { db, close } = await openDatabase(studioPaths(dataDir).database);
  try {
    const {
      datasets: [card],
    } = await createDatasetRepository(db).list();
    if (!card) throw new Error('import a data set first');
    const repository = createRunRepository(db);
    const ids: string[] = [];
    for (let run = first; run < first + runs; run++) {
      const id = `r-20260101-${String(run).padStart(4, '0')}`;
      await repository.create({ id, spec: specOf(card, run) });
      await repository.recordPoints(id, historyOf(run, points), {
        step: points,
        epoch: EPOCHS,
        bestEpoch: EPOCHS - 5,
        state: 'finished',
      });
      await repository.update(id, {
        totalSteps: points,
        startedAt: '2026-01-01T00:00:00.000Z',
        endedAt: '2026-01-01T01:00:00.000Z',
        reason: `All ${EPOCHS} epochs done.`,
        addDurationMs: 3_600_000,
        device: DEVICE,
      });
      ids.push(id);
    }
    return ids;
  } finally {
    await close();
  }
}

function specOf(card: DatasetCard, run: number): RunSpec {
  return RunSpec.parse({
    name: `run ${run}`,
    model: { name: ['vgg11', 'vgg13', 'vgg16', 'resnet18', 'resnet50'][run % 5] },
    dataset: card.id,
    lr: [1e-2, 1e-3, 1e-4][run % 3],
    batchSize: [32, 64, 128][run % 3],
    seed: run,
    epochs: EPOCHS,
    preprocessing: { size: 28, color: 'gray', mean: [0.5], std: [0.25] },
    classNames: card.classNames,
    classIds: card.classIds,
    datasetFingerprint: card.fingerprint,
  });
}

/** Half of the points are the loss of single batches, the other half the learning rate, and five metrics an epoch. */
function historyOf(run: number, points: number): MetricPoint[] {
  const random = keyedRandom(run, 'history');
  const steps = Math.floor((points - 5 * EPOCHS) / 2);
  const history: MetricPoint[] = [];
  for (let step = 1; step <= steps; step++) {
    const epoch = (EPOCHS * step) / steps;
    history.push(
      metricPoint('train/batchLoss', step, epoch, 2 * Math.exp(-epoch / 12) + 0.3 * random.uniform()),
      metricPoint('lr', step, epoch, 1e-3 * 0.5 * (1 + Math.cos((Math.PI * step) / steps))),
    );
  }
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const step = Math.floor((epoch * steps) / EPOCHS);
    const loss = 2 * Math.exp(-epoch / 12);
    history.push(
      metricPoint('train/loss', step, epoch, loss),
      metricPoint('train/top1', step, epoch, 1 - loss / 2.5),
      metricPoint('val/loss', step, epoch, loss + 0.1 + 0.1 * random.uniform()),
      metricPoint('val/top1', step, epoch, 0.9 - loss / 3),
      metricPoint('perf/imagesPerSec', step, epoch, 100),
    );
  }
  return history;
}

/** What three of the runs said about every test picture, and their ensemble. */
export async function addPredictions(dataDir: string, runIds: readonly string[], ensemble: string): Promise<void> {
  const paths = studioPaths(dataDir);
  const { db, close } = await openDatabase(paths.database);
  try {
    const {
      datasets: [card],
    } = await createDatasetRepository(db).list();
    const count = card?.splits.test?.count ?? 0;
    if (!card || count === 0) throw new Error('import a data set with test images first');
    for (const [member, runId] of runIds.entries()) {
      const id = `v-20260101-${member}`;
      const random = keyedRandom(member, 'said');
      const probabilities = new Float32Array(count * 10).fill(0.02);
      for (let image = 0; image < count; image++)
        probabilities[image * 10 + (random.uniform() < 0.7 ? image % 10 : Math.floor(random.uniform() * 10))] = 0.82;
      const writer = await openProbabilityWriter(paths.evaluationDir(id), { classes: 10 });
      await writer.append(probabilities);
      await writer.finish({
        classNames: card.classNames,
        classIds: card.classIds,
        skipped: [],
        device: DEVICE,
        imagesPerSec: 1000,
        paths: Array.from({ length: count }, (_, at) => `t10k-images-idx3-ubyte#${at}`),
        labels: Array.from({ length: count }, (_, at) => at % 10),
      });
      const run = await createRunRepository(db).find(runId);
      if (!run) throw new Error(`there is no run ${runId}`);
      await createEvaluationRepository(db).add({
        id,
        runId,
        checkpointSeq: 1,
        weightsPath: null,
        network: run.name,
        model: run.spec.model.name,
        images: { kind: 'split', datasetId: card.id, datasetName: card.name, split: 'test' },
        protocol: asTrainedBy(run.spec.preprocessing),
        precision: run.spec.precision,
        limit: null,
        loss: null,
        path: paths.evaluationDir(id),
        count,
        classes: 10,
        top1: 0.7,
        top5: 0.9,
        device: DEVICE,
        imagesPerSec: 1000,
        dataFingerprint: null,
        createdAt: '2026-01-01T02:00:00.000Z',
      });
    }
    await createEnsembleRepository(db).add({
      id: 'e-20260101-0',
      name: ensemble,
      rule: { kind: 'majority', fallbackMember: 0 },
      members: runIds,
      createdAt: '2026-01-01T02:00:00.000Z',
    });
  } finally {
    await close();
  }
}
