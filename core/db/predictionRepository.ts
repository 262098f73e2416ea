/** Predictions: which run said what about which pictures, and where the probabilities lie. */
import { DeviceReport } from '../../contract/run.ts';
import type { Split } from '../../contract/dataset.ts';
import { readJson } from './jsonColumn.ts';
import type { PredictionsTable, QuorumDatabase } from './schema.ts';

export type PredictionSource = { kind: 'split'; datasetId: string; split: Split } | { kind: 'folder'; path: string };

export interface Prediction {
  readonly id: string;
  readonly runId: string;
  readonly checkpointSeq: number;
  readonly source: PredictionSource;
  /** Folder with `probabilities.f32` and `predictions.json`. */
  readonly path: string;
  readonly count: number;
  readonly classes: number;
  /** Shares from 0 to 1; null where the pictures have no labels. */
  readonly top1: number | null;
  readonly top5: number | null;
  readonly device: DeviceReport;
  readonly imagesPerSec: number;
  /** What the data set held, changes of single pictures included; null for a folder, and where it was not kept. */
  readonly dataFingerprint: string | null;
  readonly createdAt: string;
}

export interface PredictionRepository {
  add(prediction: Prediction): Promise<void>;
  find(id: string): Promise<Prediction | null>;
  /** Newest first. */
  list(runId?: string): Promise<Prediction[]>;
  remove(id: string): Promise<void>;
}

export function createPredictionRepository(db: QuorumDatabase): PredictionRepository {
  return {
    async add(prediction) {
      const {
        id,
        runId,
        checkpointSeq,
        source,
        path,
        count,
        classes,
        top1,
        top5,
        device,
        imagesPerSec,
        dataFingerprint,
        createdAt,
      } = prediction;
      await db
        .insertInto('predictions')
        .values({
          id,
          run_id: runId,
          checkpoint_seq: checkpointSeq,
          source_kind: source.kind,
          dataset_id: source.kind === 'split' ? source.datasetId : null,
          split: source.kind === 'split' ? source.split : null,
          folder: source.kind === 'folder' ? source.path : null,
          path,
          count,
          classes,
          top1,
          top5,
          device_json: JSON.stringify(device),
          images_per_sec: imagesPerSec,
          data_fingerprint: dataFingerprint,
          created_at: createdAt,
        })
        .execute();
    },
    async find(id) {
      const row = await db.selectFrom('predictions').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? asPrediction(row) : null;
    },
    async list(runId) {
      let query = db.selectFrom('predictions').selectAll();
      if (runId !== undefined) query = query.where('run_id', '=', runId);
      return (await query.orderBy('created_at', 'desc').execute()).map(asPrediction);
    },
    async remove(id) {
      await db.deleteFrom('predictions').where('id', '=', id).execute();
    },
  };
}

function asPrediction(row: PredictionsTable): Prediction {
  const source: PredictionSource =
    row.source_kind === 'folder'
      ? { kind: 'folder', path: row.folder ?? '' }
      : { kind: 'split', datasetId: row.dataset_id ?? '', split: asSplit(row.split) };
  return {
    id: row.id,
    runId: row.run_id,
    checkpointSeq: row.checkpoint_seq,
    source,
    path: row.path,
    count: row.count,
    classes: row.classes,
    top1: row.top1,
    top5: row.top5,
    device: readJson(DeviceReport, row.device_json, 'device'),
    imagesPerSec: row.images_per_sec,
    dataFingerprint: row.data_fingerprint,
    createdAt: row.created_at,
  };
}

function asSplit(text: string | null): Split {
  return text === 'train' || text === 'val' ? text : 'test';
}
