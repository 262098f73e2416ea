/** A row of the runs' table read again; a damaged one names its problem and hides no other. */
import { z } from 'zod';
import { ErrorReport } from '../../../contract/errors.ts';
import { DeviceReport, RunState, type Run } from '../../../contract/run.ts';
import { RunSpec } from '../../../contract/runSpec.ts';
import { readJson, readNullableJson } from '../jsonColumn.ts';
import type { RunsTable } from '../schema.ts';

/** Values by metric name. */
export const MetricValues = z.record(z.string(), z.number());

export interface DamagedRun {
  readonly id: string;
  readonly name: string;
  readonly problem: string;
}

/** @throws {Error} A stored value is not what it should be. */
export function readRun(row: RunsTable): Run {
  return { ...readRunState(row), spec: readJson(RunSpec, row.spec_json, 'spec') };
}

/** All but the spec. @throws {Error} A stored value is not what it should be. */
export function readRunState(
  row: Omit<RunsTable, 'spec_json' | 'versions_json' | 'dataset_id' | 'model'>,
): Omit<Run, 'spec'> {
  return {
    id: row.id,
    name: row.name,
    state: RunState.parse(row.state),
    reason: row.reason,
    device: readNullableJson(DeviceReport, row.device_json, 'device'),
    error: readNullableJson(ErrorReport, row.error_json, 'error'),
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    step: row.step,
    totalSteps: row.total_steps,
    last: readJson(MetricValues, row.last_json, 'last'),
    best: readJson(MetricValues, row.best_json, 'best'),
    bestEpoch: row.best_epoch,
    tags: readJson(z.array(z.string()), row.tags_json, 'tags'),
    note: row.note,
  };
}

export function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
