/** Checkpoints of a run: an index of the folders that hold them. */
import { z } from 'zod';
import { type CheckpointInfo, CheckpointTrigger } from '../../contract/run.ts';
import { readJson } from './jsonColumn.ts';
import type { CheckpointsTable, QuorumDatabase } from './schema.ts';

export interface CheckpointRepository {
  /** Records a saved checkpoint, moves the best mark, and forgets the pruned ones, in one transaction. */
  record(runId: string, checkpoint: CheckpointInfo, pruned: readonly number[]): Promise<void>;
  /** Takes them off the list. */
  forget(runId: string, seqs: readonly number[]): Promise<void>;
  /** Oldest first. */
  list(runId: string): Promise<CheckpointInfo[]>;
  /** The newest, or the one with the best mark. */
  find(runId: string, which: 'best' | 'last'): Promise<CheckpointInfo | null>;
}

export function createCheckpointRepository(db: QuorumDatabase): CheckpointRepository {
  return {
    async record(runId, checkpoint, pruned) {
      const { seq, step, epoch, trigger, path, sizeBytes, metrics, isBest } = checkpoint;
      const row = {
        run_id: runId,
        seq,
        step,
        epoch,
        trigger,
        path,
        size_bytes: sizeBytes,
        metrics_json: JSON.stringify(metrics),
        is_best: isBest ? 1 : 0,
        created_at: new Date().toISOString(),
      };
      await db.transaction().execute(async (transaction) => {
        if (isBest)
          await transaction.updateTable('checkpoints').set({ is_best: 0 }).where('run_id', '=', runId).execute();
        await transaction
          .insertInto('checkpoints')
          .values(row)
          .onConflict((conflict) => conflict.columns(['run_id', 'seq']).doUpdateSet(row))
          .execute();
        if (pruned.length > 0)
          await transaction
            .deleteFrom('checkpoints')
            .where('run_id', '=', runId)
            .where('seq', 'in', [...pruned])
            .execute();
      });
    },
    async forget(runId, seqs) {
      if (seqs.length > 0)
        await db
          .deleteFrom('checkpoints')
          .where('run_id', '=', runId)
          .where('seq', 'in', [...seqs])
          .execute();
    },
    async list(runId) {
      const rows = await db.selectFrom('checkpoints').selectAll().where('run_id', '=', runId).orderBy('seq').execute();
      return rows.map(asCheckpoint);
    },
    async find(runId, which) {
      let query = db.selectFrom('checkpoints').selectAll().where('run_id', '=', runId);
      if (which === 'best') query = query.where('is_best', '=', 1);
      const row = await query.orderBy('seq', 'desc').limit(1).executeTakeFirst();
      return row ? asCheckpoint(row) : null;
    },
  };
}

function asCheckpoint(row: CheckpointsTable): CheckpointInfo {
  return {
    seq: row.seq,
    step: row.step,
    epoch: row.epoch,
    trigger: CheckpointTrigger.parse(row.trigger),
    path: row.path,
    sizeBytes: row.size_bytes,
    metrics: readJson(z.record(z.string(), z.number()), row.metrics_json, 'metrics'),
    isBest: row.is_best === 1,
  };
}
