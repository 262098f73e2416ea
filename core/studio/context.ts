/** What every group of handlers works with. */
import type { ChangeWatch } from '../db/changeWatch.ts';
import type { CheckpointRepository } from '../db/checkpointRepository.ts';
import type { DatasetRepository } from '../db/datasetRepository.ts';
import type { EnsembleRepository } from '../db/ensembleRepository.ts';
import type { EvaluationRepository } from '../db/evaluationRepository.ts';
import type { LeaseRepository } from '../db/leaseRepository.ts';
import type { MetricRepository } from '../db/metricRepository.ts';
import type { PredictionRepository } from '../db/predictionRepository.ts';
import type { QueueRepository } from '../db/queueRepository.ts';
import type { RunRepository } from '../db/runRepository.ts';
import type { RunRowRepository } from '../db/runRowRepository.ts';
import type { SettingsRepository } from '../db/settingsRepository.ts';
import type { DeviceChoice } from '../../contract/runSpec.ts';
import type { Job } from '../worker/jobMessages.ts';
import type { TrainJob } from '../worker/jobs/train/messages.ts';
import type { StudioPaths } from './records/paths.ts';
import type { Patience } from './training/watchdog.ts';
import type { JobListeners, JobProgress, RunningJob } from './jobs/jobProcess.ts';

export interface Supervision {
  readonly patience: Patience;
  readonly growth: TrainJob['growth'];
}

export interface StudioContext {
  readonly paths: StudioPaths;
  readonly datasets: DatasetRepository;
  readonly runs: RunRepository;
  readonly metrics: MetricRepository;
  readonly checkpoints: CheckpointRepository;
  readonly predictions: PredictionRepository;
  readonly ensembles: EnsembleRepository;
  readonly evaluations: EvaluationRepository;
  readonly leases: LeaseRepository;
  readonly queue: QueueRepository;
  readonly runRows: RunRowRepository;
  readonly settings: SettingsRepository;
  readonly changes: ChangeWatch;
  /** How long a training process may be silent, and how much it may grow. */
  readonly supervision: Supervision;
  /** This process, as leases know it. */
  readonly owner: string;
  /** Starts a job process; `device` decides which engine it is given. */
  startJob(
    job: Job,
    options: JobListeners & {
      readonly logFile?: string;
      readonly device?: DeviceChoice;
      readonly threads?: number;
      readonly decodeDiary?: string;
    },
  ): RunningJob;
}

/** What a caller may hand to long work. */
export interface WorkOptions {
  readonly onProgress?: (progress: JobProgress) => void;
  readonly onLog?: (level: 'info' | 'warn' | 'error', text: string) => void;
  /** First abort: the work stops where that is safe. */
  readonly signal?: AbortSignal;
  /** Ends the work's process at once. */
  readonly killSignal?: AbortSignal;
}
