/**
 * Tables of the runs database. Columns ending in `_json` hold what `contract/` describes; times are ISO 8601 in UTC.
 */
import type { Kysely } from 'kysely';

export interface DatasetsTable {
  id: string;
  name: string;
  layout: string;
  root: string;
  fingerprint: string;
  card_json: string;
  created_at: string;
  /** Set while it lies in the trash. */
  trashed_at: string | null;
}

export interface RunsTable {
  id: string;
  name: string;
  state: string;
  reason: string | null;
  dataset_id: string;
  model: string;
  spec_json: string;
  device_json: string | null;
  versions_json: string | null;
  error_json: string | null;
  tags_json: string;
  note: string;
  /** Runs that belong together: the same settings with several seeds, or a grid. */
  group_id: string | null;
  /** Place in the queue; null when not queued. */
  queue_position: number | null;
  attempt: number;
  step: number;
  total_steps: number | null;
  epoch: number;
  best_epoch: number | null;
  last_json: string;
  best_json: string;
  /** Training time over all attempts. */
  duration_ms: number;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  trashed_at: string | null;
}

export interface MetricsTable {
  run_id: string;
  name: string;
  step: number;
  epoch: number;
  /** Null unless `kind` is `finite`. */
  value: number | null;
  kind: string;
}

export interface CheckpointsTable {
  run_id: string;
  seq: number;
  step: number;
  epoch: number;
  trigger: string;
  path: string;
  size_bytes: number;
  metrics_json: string;
  is_best: number;
  created_at: string;
}

export interface EvaluationsTable {
  id: string;
  run_id: string | null;
  checkpoint_seq: number | null;
  weights_path: string | null;
  network: string;
  model: string;
  /** These three of a split; null for a folder. */
  dataset_id: string | null;
  dataset_name: string | null;
  split: string | null;
  folder: string | null;
  protocol_name: string;
  /** As it was used: the definition of a name can never change a result. */
  protocol_json: string;
  /** Null where it was not kept. */
  precision: string | null;
  /** Only so many images; null for all. */
  image_limit: number | null;
  /** Folder with `probabilities.f32` and `predictions.json`. */
  path: string;
  count: number;
  classes: number;
  /** Shares of right top-1 and top-5 classes; null where the images have no labels. */
  top1: number | null;
  top5: number | null;
  loss: number | null;
  device_json: string;
  images_per_sec: number;
  /** Of the data set with its changes, as it was; null where it is not known. */
  data_fingerprint: string | null;
  created_at: string;
}

export interface EnsemblesTable {
  id: string;
  name: string;
  rule_json: string;
  created_at: string;
}

export interface EnsembleMembersTable {
  ensemble_id: string;
  position: number;
  /** Null for imported weights, which have no table: `weights_id` names their folder. */
  run_id: string | null;
  weights_id: string | null;
}

/** Who trains a run; one row while a process does. */
export interface LeasesTable {
  run_id: string;
  owner: string;
  pid: number;
  /** Start of that process in the kernel's own units, which tells it from a later process with the same id. */
  process_start: string | null;
  boot_id: string | null;
  host_name: string;
  heartbeat_at: string;
}

/** Who computes on a lane of a machine; one row while a process does. */
export interface LanesTable {
  host_name: string;
  lane: string;
  owner: string;
  pid: number;
  process_start: string | null;
  boot_id: string | null;
  /** Null for work that is no training. */
  run_id: string | null;
  title: string;
  taken_at: string;
}

/** One row a key; what the values look like is up to who reads them. */
export interface SettingsTable {
  key: string;
  value_json: string;
}

export interface QuorumTables {
  datasets: DatasetsTable;
  runs: RunsTable;
  metrics: MetricsTable;
  checkpoints: CheckpointsTable;
  evaluations: EvaluationsTable;
  ensembles: EnsemblesTable;
  ensemble_members: EnsembleMembersTable;
  leases: LeasesTable;
  lanes: LanesTable;
  settings: SettingsTable;
}

export type QuorumDatabase = Kysely<QuorumTables>;
