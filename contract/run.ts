/** A run's life: its state, the events it sends while it lives, and what is kept of it. */
import { z } from 'zod';
import { ErrorReport } from './errors.ts';
import { MetricPoint } from './metrics.ts';
import { RunSpec } from './runSpec.ts';

export const RunState = z.enum([
  'queued',
  'installing',
  'starting',
  'training',
  'validating',
  'diskFull',
  'finished',
  'stopped',
  'diverged',
  'failed',
  'outOfMemory',
  'hung',
  'interrupted',
]);
export type RunState = z.infer<typeof RunState>;
/** `installing`: a queued run whose engine is being installed. */
export const WAITING_STATES: readonly RunState[] = ['queued', 'installing'];
/** `diskFull` waits for room and goes on by itself. */
export const ACTIVE_STATES: readonly RunState[] = ['starting', 'training', 'validating', 'diskFull'];
/** Ends that nobody asked for. */
export const ENDED_BADLY: readonly RunState[] = ['failed', 'outOfMemory', 'hung', 'diverged', 'interrupted'];
export const ENDED_STATES: readonly RunState[] = ['finished', 'stopped', ...ENDED_BADLY];

/** What really computes, as asserted by the engine at start. */
export const DeviceReport = z.object({
  kind: z.enum(['cpu', 'gpu', 'wasm']),
  name: z.string(),
  /** Of a GPU, as its driver tells; left out where it does not, and in earlier versions' records. */
  uuid: z.string().optional(),
  index: z.int().optional(),
  memoryBytes: z.number().nullable(),
  engine: z.enum(['tensorflow', 'wasm']),
  engineVersion: z.string(),
  threads: z.int(),
  /** Set when this is not what was asked for, or slower than it could be; always shown. */
  notice: z.string().nullable(),
});
export type DeviceReport = z.infer<typeof DeviceReport>;

export const CheckpointTrigger = z.enum(['trial', 'epoch', 'interval', 'stop', 'end', 'exception']);
export type CheckpointTrigger = z.infer<typeof CheckpointTrigger>;

export const CheckpointInfo = z.object({
  seq: z.int(),
  step: z.int(),
  epoch: z.number(),
  trigger: CheckpointTrigger,
  path: z.string(),
  sizeBytes: z.number(),
  metrics: z.record(z.string(), z.number()),
  isBest: z.boolean(),
});
export type CheckpointInfo = z.infer<typeof CheckpointInfo>;

export const TrainEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('started'),
    device: DeviceReport,
    stepsPerEpoch: z.int(),
    totalSteps: z.int(),
    step: z.int(),
    parameters: z.int(),
    secondsToFirstStep: z.number(),
  }),
  z.object({
    type: z.literal('stepped'),
    step: z.int(),
    epoch: z.number(),
    imagesPerSec: z.number(),
    secondsLeft: z.number().nullable(),
    points: z.array(MetricPoint),
  }),
  z.object({ type: z.literal('validating'), step: z.int(), done: z.int(), total: z.int() }),
  z.object({
    type: z.literal('epochEnded'),
    epoch: z.int(),
    step: z.int(),
    points: z.array(MetricPoint),
    improved: z.boolean(),
    epochsSinceBest: z.int(),
  }),
  /** A checkpoint is about to be written: nothing else is heard until `checkpointSaved`. */
  z.object({ type: z.literal('saving'), step: z.int() }),
  /** There is no room for it: nothing goes on until there is. Told again and again meanwhile. */
  z.object({ type: z.literal('waitingForRoom'), step: z.int(), error: ErrorReport }),
  z.object({ type: z.literal('checkpointSaved'), checkpoint: CheckpointInfo, pruned: z.array(z.int()) }),
  /**
   * First word of a continued run: the checkpoint it goes on from. `setAside` are newer ones, damaged or never told of,
   * that made way.
   */
  z.object({
    type: z.literal('resumed'),
    seq: z.int(),
    step: z.int(),
    epoch: z.number(),
    bestSeq: z.int().nullable(),
    bestEpoch: z.int().nullable(),
    setAside: z.array(z.string()),
  }),
  /** Last word of a process that is to be replaced by a fresh one, which goes on from the checkpoint just saved. */
  z.object({ type: z.literal('recycling'), step: z.int(), reason: z.string() }),
  z.object({
    type: z.literal('finished'),
    state: RunState,
    reason: z.string(),
    error: ErrorReport.nullable(),
    bestEpoch: z.int().nullable(),
    step: z.int(),
    imagesPerSec: z.number(),
    durationMs: z.number(),
  }),
]);
export type TrainEvent = z.infer<typeof TrainEvent>;

export const Run = z.object({
  id: z.string(),
  name: z.string(),
  state: RunState,
  reason: z.string().nullable(),
  spec: RunSpec,
  device: DeviceReport.nullable(),
  error: ErrorReport.nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  step: z.int(),
  totalSteps: z.int().nullable(),
  /** Last finite value of each metric, and the value at the best epoch. */
  last: z.record(z.string(), z.number()),
  best: z.record(z.string(), z.number()),
  bestEpoch: z.int().nullable(),
  tags: z.array(z.string()),
  note: z.string(),
});
export type Run = z.infer<typeof Run>;
