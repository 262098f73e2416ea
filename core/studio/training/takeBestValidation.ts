/** What a run said of the validation images at its best epoch becomes predictions, as if somebody had asked for them. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { METRIC } from '../../../contract/metrics.ts';
import type { Run } from '../../../contract/run.ts';
import { INDEX_FILE, readPredictionIndex } from '../../evaluate/probabilityFile.ts';
import { BEST_VALIDATION_FOLDER } from '../../worker/jobs/train/messages.ts';
import type { StudioContext } from '../context.ts';
import { newId } from '../records/ids.ts';
import { fingerprintOf } from '../results/predictions.ts';

/** Whether there are new predictions. */
export async function takeBestValidation(context: StudioContext, { id: runId, spec }: Run): Promise<boolean> {
  const { checkpoints, predictions, paths } = context;
  const folder = join(paths.runDir(runId), BEST_VALIDATION_FOLDER);
  const best = await checkpoints.find(runId, 'best');
  if (!best || !existsSync(join(folder, String(best.seq), INDEX_FILE))) return false;
  const index = await readPredictionIndex(join(folder, String(best.seq)));
  const id = await newId(
    'p',
    async (candidate) => (await predictions.find(candidate)) !== null || existsSync(paths.predictionDir(candidate)),
  );
  const path = paths.predictionDir(id);
  await mkdir(dirname(path), { recursive: true });
  await rename(join(folder, String(best.seq)), path);
  const { count, classes, device, imagesPerSec } = index;
  await predictions.add({
    id,
    runId,
    checkpointSeq: best.seq,
    source: { kind: 'split', datasetId: spec.dataset, split: 'val' },
    path,
    count,
    classes,
    top1: best.metrics[METRIC.valTop1] ?? null,
    top5: best.metrics[METRIC.valTop5] ?? null,
    device,
    imagesPerSec,
    dataFingerprint: spec.dataFingerprint ?? (await fingerprintOf(context, spec.dataset)),
    createdAt: new Date().toISOString(),
  });
  await rm(folder, { recursive: true, force: true });
  return true;
}
