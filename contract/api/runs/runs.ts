/** Runs: create, queue, stop, continue, look at. */
import { z } from 'zod';
import { CheckpointInfo, DeviceReport } from '../../run.ts';
import { EarlyStopping, Schedule, WarmUp } from '../../recipe.ts';
import { RunRequest, RunSpec } from '../../runSpec.ts';
import { ManyRuns } from './grid.ts';
import { TrainingMemory } from '../../network.ts';
import { asStored, Id, jobKind, JobStarted, procedure, Removed } from '../procedure.ts';
import { RunRow, StartingPointRow } from './runTypes.ts';

const byRun = z.object({ run: Id });

export const RunDetail = RunRow.extend({
  classNames: z.array(z.string()),
  classIds: z.array(z.string()),
  checkpoints: z.array(CheckpointInfo),
  directory: z.string(),
});
export type RunDetail = z.infer<typeof RunDetail>;

/** Known without computing anything; `runs.probe` measures the rest. */
export const RunForecast = z.object({
  spec: RunSpec.omit({ classNames: true, classIds: true }),
  learnable: z.int(),
  multiplyAdds: z.number(),
  layers: z.int(),
  /** The tensors of a step. */
  memory: TrainingMemory,
  /** What the run takes of the device's memory at most: its tensors and the runtime. */
  neededBytes: z.number(),
  /** Of the device that would be used; null where it is not known. */
  deviceMemoryBytes: z.number().nullable(),
  fits: z.enum(['yes', 'tight', 'no', 'unknown']),
  stepsPerEpoch: z.int(),
  totalSteps: z.int(),
  disk: z.object({ checkpointBytes: z.number(), checkpointsKept: z.int(), cacheBytes: z.number() }),
  /** The checkpoints that are kept and one being written, and the packed cache. */
  diskNeededBytes: z.number(),
  diskFreeBytes: z.number(),
  /** Things worth knowing before the start, in words: lr and batch, unbalanced classes, … */
  hints: z.array(z.string()),
  /** What freezing, the head and the weights come to, in words; null for a run without fine-tuning. */
  fineTuning: z.object({ summary: z.string(), notes: z.array(z.string()) }).nullable(),
});
export type RunForecast = z.infer<typeof RunForecast>;

/** Several runs together. */
export const ManyRunsForecast = z.object({
  totalSteps: z.int(),
  /** Multiply-adds of them all, in those of the first one: what its measured time is to be multiplied by. */
  timesTheFirst: z.number(),
  /** The one that needs the most memory. */
  largest: z.object({
    model: z.string(),
    batchSize: z.int(),
    size: z.int(),
    memoryBytes: z.number(),
    fits: RunForecast.shape.fits,
  }),
  diskNeededBytes: z.number(),
  diskFreeBytes: z.number(),
});
export type ManyRunsForecast = z.infer<typeof ManyRunsForecast>;

/** Measured on this machine, with the settings asked about. */
export const ProbeReport = z.object({
  device: DeviceReport,
  imagesPerSec: z.number(),
  stepMs: z.number(),
  firstStepSeconds: z.number(),
  /** Of the job process, host memory. */
  peakRssBytes: z.number(),
  stepsPerEpoch: z.int(),
  totalSteps: z.int(),
  /** From the start of the process to its end: start, steps, validation, checkpoints; by the median step. */
  secondsToFinish: z.number(),
  /** The same by the quickest and by the slowest step that was measured. */
  secondsRange: z.object({ least: z.number(), most: z.number() }),
  /** Of it, what every run takes however long it trains. */
  fixedSeconds: z.number(),
  /** The same, of processor time, all cores together: other programs do not change it. */
  cpuSecondsToFinish: z.number(),
  checkpointBytes: z.number(),
});
export type ProbeReport = z.infer<typeof ProbeReport>;

export const probeJob = jobKind('probe', { report: ProbeReport });

export const LogLine = z.object({ at: z.int(), text: z.string() });
export type LogLine = z.infer<typeof LogLine>;

export const TrainOnRequest = z.object({
  run: Id,
  branch: z.int().min(0).optional(),
  name: z.string().min(1).max(200).optional(),
  changes: z.object({
    epochs: z.int().min(1).optional(),
    lr: z.number().positive().optional(),
    schedule: Schedule.optional(),
    earlyStopping: EarlyStopping.nullable().optional(),
  }),
});
export type TrainOnRequest = z.infer<typeof TrainOnRequest>;
export type TrainOnInput = z.input<typeof TrainOnRequest>;

export const runsContract = {
  /** Newest first. */
  list: procedure
    .input(z.object({ trashed: z.boolean().default(false) }).prefault({}))
    .output(asStored<{ runs: RunRow[]; damaged: { id: string; name: string; problem: string }[] }>()),
  show: procedure.input(byRun).output(RunDetail),
  /** Imported weights and runs that a run can start from. */
  startingPoints: procedure.output(z.array(StartingPointRow)),
  /**
   * Says at once what would be wrong or tight; `run.badSpec` names every bad field in `details.fields`. Cheap enough
   * for every keystroke.
   */
  forecast: procedure.input(RunRequest).output(RunForecast),
  forecastMany: procedure.input(z.object({ requests: ManyRuns })).output(ManyRunsForecast),
  /** Measures a few steps on the device. Job: `probeJob`. */
  probe: procedure.input(RunRequest).output(JobStarted),
  /** Freezes the spec and queues it. */
  create: procedure
    .input(
      z.object({
        request: RunRequest,
        tags: z.array(z.string().max(60)).max(20).default([]),
        note: z.string().max(10000).default(''),
      }),
    )
    .output(RunRow),
  /** As one group; all are valid or none is made. */
  createMany: procedure
    .input(z.object({ requests: ManyRuns, tags: z.array(z.string().max(60)).max(20).default([]) }))
    .output(z.object({ group: z.string().nullable(), runs: z.array(RunRow) })),
  /**
   * Finish the step, save, end; a queued run leaves the queue. With `kill` the process ends at once and the last
   * checkpoint is kept.
   */
  stop: procedure.input(z.object({ run: Id, kill: z.boolean().default(false) })).output(RunRow),
  /** Puts it at the front of the queue, to go on from its newest checkpoint, or from the start when it has none. */
  resume: procedure.input(byRun).output(RunRow),
  /**
   * More training for a run that has ended, under other settings where named; `branch`: a new run begins with this
   * checkpoint of it. Queues the run that trains and returns it.
   */
  trainOn: procedure.input(TrainOnRequest).output(RunRow),
  /** The settings to fill a form with; `changes` are remedies such as a halved batch. */
  duplicate: procedure.input(byRun).output(RunRequest),
  update: procedure
    .input(
      z.object({
        run: Id,
        name: z.string().min(1).max(200).optional(),
        note: z.string().max(10000).optional(),
        tags: z.array(z.string().min(1).max(60)).max(20).optional(),
      }),
    )
    .output(RunRow),
  /** Into the trash, out of it, and for good with its checkpoints and predictions. */
  remove: procedure.input(byRun).output(Removed),
  restore: procedure.input(byRun).output(Removed),
  delete: procedure.input(byRun).output(Removed),
  /**
   * `parseSeries` reads the answer. Stored points of several runs; `after` gives what is known already, so that a live
   * chart asks only for the rest.
   */
  series: procedure
    .input(
      z.object({
        runs: z
          .array(z.object({ run: Id, afterStep: z.int().min(-1).default(-1) }))
          .min(1)
          .max(200),
        names: z.array(z.string().max(60)).max(40).optional(),
        /**
         * Thinned above this many points a series, and further where one answer would hold more than 100,000; 0 =
         * never.
         */
        maxPoints: z.int().min(0).max(200000).default(4000),
      }),
    )
    .output(z.string()),
  checkpoints: procedure.input(byRun).output(z.array(CheckpointInfo)),
  /** The end of what the job process printed. */
  log: procedure
    .input(z.object({ run: Id, lines: z.int().min(1).max(5000).default(500) }))
    .output(z.object({ lines: z.array(LogLine), truncated: z.boolean() })),
  /** What early stopping would have done to the recorded history. */
  whatIf: procedure.input(z.object({ run: Id, rule: EarlyStopping })).output(
    z.object({
      stopEpoch: z.int().nullable(),
      bestEpoch: z.int().nullable(),
      value: z.number().nullable(),
      bestValue: z.number().nullable(),
      savedMs: z.number(),
    }),
  ),
};

export const scheduleContract = {
  /** The learning rate over the whole run, at up to `points` steps. */
  curve: procedure
    .input(
      z.object({
        schedule: Schedule,
        lr: z.number().positive(),
        epochs: z.int().min(1).max(100000),
        stepsPerEpoch: z.int().min(1).max(100_000_000).default(100),
        warmUp: WarmUp.nullable().optional(),
        points: z.int().min(2).max(2000).default(400),
      }),
    )
    .output(z.object({ epochs: z.array(z.number()), lr: z.array(z.number()) })),
};
