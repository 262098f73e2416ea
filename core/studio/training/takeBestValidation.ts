/**
 * What a run said of the validation images at its best epoch becomes an evaluation, as if somebody had asked for
 * it.
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../files/makeFolder.ts';
import { METRIC } from '../../../contract/metrics.ts';
import type { Run } from '../../../contract/run.ts';
import { INDEX_FILE, readPredictionIndex } from '../../evaluate/probabilityFile.ts';
import { asTrainedBy } from '../../evaluate/protocols/asTrained.ts';
import { BEST_VALIDATION_FOLDER } from '../../worker/jobs/train/messages.ts';
import type { StudioContext } from '../context.ts';
import { newId } from '../records/ids.ts';
import { fingerprintOf } from '../results/measure.ts';

/** Whether there is a new evaluation. */
export async function takeBestValidation(context: StudioContext, run: Run): Promise<boolean> {
  const { checkpoints, datasets, evaluations, paths } = context;
  const { spec } = run;
  const folder = join(paths.runDir(run.id), BEST_VALIDATION_FOLDER);
  const [best, card] = [await checkpoints.find(run.id, 'best'), await datasets.find(spec.dataset)];
  if (!best || !card || !existsSync(join(folder, String(best.seq), INDEX_FILE))) return false;
  const { count, classes, device, imagesPerSec } = await readPredictionIndex(join(folder, String(best.seq)));
  const id = await newId(
    'v',
    async (candidate) => (await evaluations.find(candidate)) !== null || existsSync(paths.evaluationDir(candidate)),
  );
  const path = paths.evaluationDir(id);
  const images = { kind: 'split', datasetId: card.id, datasetName: card.name, split: 'val' } as const;
  await makeFolder(dirname(path));
  await rename(join(folder, String(best.seq)), path);
  await evaluations.add({
    id,
    runId: run.id,
    checkpointSeq: best.seq,
    weightsPath: null,
    network: run.name,
    model: spec.model.name,
    images,
    protocol: asTrainedBy(spec.preprocessing),
    precision: spec.precision,
    limit: null,
    path,
    count,
    classes,
    top1: best.metrics[METRIC.valTop1] ?? null,
    top5: best.metrics[METRIC.valTop5] ?? null,
    loss: best.metrics[METRIC.valLoss] ?? null,
    device,
    imagesPerSec,
    dataFingerprint: spec.dataFingerprint ?? (await fingerprintOf(context, images)),
    createdAt: new Date().toISOString(),
  });
  await rm(folder, { recursive: true, force: true });
  return true;
}
