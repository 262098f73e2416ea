/** `record.json` in the folder of an evaluation: as it is written, and as earlier versions wrote it. */
import { z } from 'zod';
import { Split } from '../../../contract/dataset.ts';
import { EvaluationRecord } from '../../../contract/evaluation.ts';
import type { Run } from '../../../contract/run.ts';
import { asTrainedBy } from '../../evaluate/protocols/asTrained.ts';

const { shape } = EvaluationRecord;

/** Of a split, which was named beside the rest; neither precision nor a limit was kept. */
const SplitEvaluation = EvaluationRecord.omit({ images: true, precision: true, limit: true }).extend({
  datasetId: z.string(),
  datasetName: z.string(),
  split: Split,
  dataFingerprint: shape.dataFingerprint.default(null),
});

/** In `predictions/`: what a run said as it was trained, in full and at its own precision. */
const Prediction = z.object({
  id: shape.id,
  runId: z.string(),
  checkpointSeq: z.int(),
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('split'), datasetId: z.string(), split: Split }),
    z.object({ kind: z.literal('folder'), path: z.string() }),
  ]),
  count: shape.count,
  classes: shape.classes,
  top1: shape.top1,
  top5: shape.top5,
  device: shape.device,
  imagesPerSec: shape.imagesPerSec,
  dataFingerprint: shape.dataFingerprint.default(null),
  createdAt: shape.createdAt,
});
type Prediction = z.infer<typeof Prediction>;

/** One of the three; which one is told by the keys that only it has. */
export const StoredEvaluation = z.unknown().transform((value, issues) => {
  const keys = typeof value === 'object' && value !== null ? value : {};
  const schema = 'images' in keys ? EvaluationRecord : 'source' in keys ? Prediction : SplitEvaluation;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { message, path } of parsed.error.issues) issues.addIssue({ code: 'custom', message, path });
  return z.NEVER;
});
export type StoredEvaluation = z.infer<typeof StoredEvaluation>;

export interface Surroundings {
  findRun(id: string): Promise<Run | null>;
  nameOfDataset(id: string): Promise<string | null>;
}

/** @throws {Error}: where a prediction's run is gone, which alone knew how images were fed */
export async function asRecord(stored: StoredEvaluation, around: Surroundings): Promise<EvaluationRecord> {
  if ('source' in stored) return fromPrediction(stored, around);
  const runId = stored.runId !== null && (await around.findRun(stored.runId)) ? stored.runId : null;
  if ('images' in stored) return { ...stored, runId };
  const { datasetId, datasetName, split, ...rest } = stored;
  const images = { kind: 'split', datasetId, datasetName, split } as const;
  return { ...rest, runId, images, precision: null, limit: null };
}

async function fromPrediction({ source, ...rest }: Prediction, around: Surroundings): Promise<EvaluationRecord> {
  const run = await around.findRun(rest.runId);
  if (!run) throw new Error(`its run ${rest.runId} no longer exists`);
  const { name, spec } = run;
  return {
    ...rest,
    weightsPath: null,
    network: name,
    model: spec.model.name,
    images:
      source.kind === 'split'
        ? { ...source, datasetName: (await around.nameOfDataset(source.datasetId)) ?? source.datasetId }
        : source,
    protocol: asTrainedBy(spec.preprocessing),
    precision: spec.precision,
    limit: null,
    loss: null,
  };
}
