/** Evaluations: a network, images and a protocol, what came out, and where the probabilities lie. */
import { Split } from '../../contract/dataset.ts';
import type { EvaluatedImages, EvaluationRecord } from '../../contract/evaluation.ts';
import { ResolvedProtocol } from '../../contract/protocol.ts';
import { DeviceReport } from '../../contract/run.ts';
import { Precision } from '../../contract/runSpec.ts';
import { readJson } from './jsonColumn.ts';
import type { EvaluationsTable, QuorumDatabase } from './schema.ts';

export interface Evaluation extends EvaluationRecord {
  /** Folder with `probabilities.f32` and `predictions.json`. */
  readonly path: string;
}

export interface EvaluationFilter {
  readonly runId?: string;
  readonly datasetId?: string;
  readonly split?: Split;
}

export interface EvaluationRepository {
  add(evaluation: Evaluation): Promise<void>;
  find(id: string): Promise<Evaluation | null>;
  /** Newest first. */
  list(filter?: EvaluationFilter): Promise<Evaluation[]>;
  remove(id: string): Promise<void>;
}

export function createEvaluationRepository(db: QuorumDatabase): EvaluationRepository {
  return {
    async add(evaluation) {
      await db.insertInto('evaluations').values(asRow(evaluation)).execute();
    },
    async find(id) {
      const row = await db.selectFrom('evaluations').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? asEvaluation(row) : null;
    },
    async list({ runId, datasetId, split } = {}) {
      let query = db.selectFrom('evaluations').selectAll();
      if (runId !== undefined) query = query.where('run_id', '=', runId);
      if (datasetId !== undefined) query = query.where('dataset_id', '=', datasetId);
      if (split !== undefined) query = query.where('split', '=', split);
      return (await query.orderBy('created_at', 'desc').orderBy('id', 'desc').execute()).map(asEvaluation);
    },
    async remove(id) {
      await db.deleteFrom('evaluations').where('id', '=', id).execute();
    },
  };
}

function asRow({ images, protocol, device, ...evaluation }: Evaluation): EvaluationsTable {
  const split = images.kind === 'split' ? images : null;
  return {
    id: evaluation.id,
    run_id: evaluation.runId,
    checkpoint_seq: evaluation.checkpointSeq,
    weights_path: evaluation.weightsPath,
    network: evaluation.network,
    model: evaluation.model,
    dataset_id: split?.datasetId ?? null,
    dataset_name: split?.datasetName ?? null,
    split: split?.split ?? null,
    folder: images.kind === 'folder' ? images.path : null,
    protocol_name: protocol.name,
    protocol_json: JSON.stringify(protocol),
    precision: evaluation.precision,
    image_limit: evaluation.limit,
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
    images: imagesOf(row),
    protocol: readJson(ResolvedProtocol, row.protocol_json, 'protocol'),
    precision: Precision.nullable().parse(row.precision),
    limit: row.image_limit,
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

function imagesOf({ folder, dataset_id, dataset_name, split }: EvaluationsTable): EvaluatedImages {
  if (folder !== null) return { kind: 'folder', path: folder };
  return { kind: 'split', datasetId: dataset_id ?? '', datasetName: dataset_name ?? '', split: Split.parse(split) };
}
