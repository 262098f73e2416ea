/** Evaluations: a network, a split and a protocol, what came out, and where the probabilities lie. */
import { Split } from '../../contract/dataset.ts';
import { ResolvedProtocol } from '../../contract/protocol.ts';
import { DeviceReport } from '../../contract/run.ts';
import { readJson } from './jsonColumn.ts';
import type { EvaluationsTable, QuorumDatabase } from './schema.ts';

export interface Evaluation {
  readonly id: string;
  /** Null for weights that no run of ours made, and where the run is removed. */
  readonly runId: string | null;
  readonly checkpointSeq: number | null;
  readonly weightsPath: string | null;
  /** What the network is called in tables. */
  readonly network: string;
  readonly model: string;
  readonly datasetId: string;
  readonly datasetName: string;
  readonly split: Split;
  /** As it was used; never changes. */
  readonly protocol: ResolvedProtocol;
  /** Folder with `probabilities.f32` and `predictions.json`. */
  readonly path: string;
  readonly count: number;
  readonly classes: number;
  /** Shares from 0 to 1, and nats; null where the pictures have no labels. */
  readonly top1: number | null;
  readonly top5: number | null;
  readonly loss: number | null;
  readonly device: DeviceReport;
  readonly imagesPerSec: number;
  /** What the data set held, changes of single pictures included; null where it was not kept. */
  readonly dataFingerprint: string | null;
  readonly createdAt: string;
}

export interface EvaluationRepository {
  add(evaluation: Evaluation): Promise<void>;
  find(id: string): Promise<Evaluation | null>;
  /** Newest first. */
  list(filter?: { readonly datasetId?: string; readonly split?: Split }): Promise<Evaluation[]>;
  remove(id: string): Promise<void>;
}

export function createEvaluationRepository(db: QuorumDatabase): EvaluationRepository {
  return {
    async add(evaluation) {
      const { protocol, device } = evaluation;
      await db
        .insertInto('evaluations')
        .values({
          id: evaluation.id,
          run_id: evaluation.runId,
          checkpoint_seq: evaluation.checkpointSeq,
          weights_path: evaluation.weightsPath,
          network: evaluation.network,
          model: evaluation.model,
          dataset_id: evaluation.datasetId,
          dataset_name: evaluation.datasetName,
          split: evaluation.split,
          protocol_name: protocol.name,
          protocol_json: JSON.stringify(protocol),
          path: evaluation.path,
          count: evaluation.count,
          classes: evaluation.classes,
          top1: evaluation.top1,
          top5: evaluation.top5,
          loss: evaluation.loss,
          device_json: JSON.stringify(device),
          images_per_sec: evaluation.imagesPerSec,
          data_fingerprint: evaluation.dataFingerprint,
          created_at: evaluation.createdAt,
        })
        .execute();
    },
    async find(id) {
      const row = await db.selectFrom('evaluations').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? asEvaluation(row) : null;
    },
    async list({ datasetId, split } = {}) {
      let query = db.selectFrom('evaluations').selectAll();
      if (datasetId !== undefined) query = query.where('dataset_id', '=', datasetId);
      if (split !== undefined) query = query.where('split', '=', split);
      return (await query.orderBy('created_at', 'desc').orderBy('id', 'desc').execute()).map(asEvaluation);
    },
    async remove(id) {
      await db.deleteFrom('evaluations').where('id', '=', id).execute();
    },
  };
}

function asEvaluation(row: EvaluationsTable): Evaluation {
  return {
    id: row.id,
    runId: row.run_id,
    checkpointSeq: row.checkpoint_seq,
    weightsPath: row.weights_path,
    network: row.network,
    model: row.model,
    datasetId: row.dataset_id,
    datasetName: row.dataset_name,
    split: Split.parse(row.split),
    protocol: readJson(ResolvedProtocol, row.protocol_json, 'protocol'),
    path: row.path,
    count: row.count,
    classes: row.classes,
    top1: row.top1,
    top5: row.top5,
    loss: row.loss,
    device: readJson(DeviceReport, row.device_json, 'device'),
    imagesPerSec: row.images_per_sec,
    dataFingerprint: row.data_fingerprint,
    createdAt: row.created_at,
  };
}
