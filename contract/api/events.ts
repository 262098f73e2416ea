/** What happens, as it happens: numbered, so that a reconnect misses nothing. */
import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { MetricPoint } from '../metrics.ts';
import { CheckpointInfo } from '../run.ts';
import { DatasetRow } from './datasets/datasetTypes.ts';
import { JobStatus } from './jobs.ts';
import { asStored, procedure } from './procedure.ts';
import { QueueState } from './runs/queue.ts';
import { RunProgress, RunRow } from './runs/runTypes.ts';
import { Settings } from './settings.ts';

/** Place in the host's log of events; `log` changes when the host starts anew. */
export const EventPosition = z.object({ log: z.string(), seq: z.int().min(0) });
export type EventPosition = z.infer<typeof EventPosition>;

const numbered = { seq: z.int() };

export const StudioEvent = z.discriminatedUnion('type', [
  /**
   * Always first. `resumed`: everything after the position given follows. Otherwise the position is too old or of
   * another log: fetch anew what is shown (nothing is lost: what was announced is stored), events from now on follow.
   */
  z.object({ type: z.literal('hello'), ...numbered, log: z.string(), resumed: z.boolean() }),
  /** State, figures or settings of a run changed; also a new one. */
  z.object({ type: z.literal('run'), ...numbered, run: RunRow }),
  z.object({ type: z.literal('runRemoved'), ...numbered, runId: z.string(), trashed: z.boolean() }),
  /** Points that are stored already, at most a few times a second. */
  z.object({
    type: z.literal('metrics'),
    ...numbered,
    runId: z.string(),
    attempt: z.int(),
    points: z.array(MetricPoint),
  }),
  z.object({ type: z.literal('progress'), ...numbered, progress: RunProgress }),
  z.object({
    type: z.literal('checkpoint'),
    ...numbered,
    runId: z.string(),
    checkpoint: CheckpointInfo,
    pruned: z.array(z.int()),
  }),
  z.object({
    type: z.literal('log'),
    ...numbered,
    runId: z.string(),
    level: z.enum(['info', 'warn', 'error']),
    text: z.string(),
  }),
  z.object({ type: z.literal('job'), ...numbered, job: JobStatus }),
  z.object({ type: z.literal('queue'), ...numbered, queue: QueueState }),
  z.object({ type: z.literal('dataset'), ...numbered, dataset: DatasetRow }),
  z.object({ type: z.literal('datasetRemoved'), ...numbered, datasetId: z.string(), trashed: z.boolean() }),
  z.object({ type: z.literal('ensembles'), ...numbered }),
  z.object({ type: z.literal('weights'), ...numbered }),
  z.object({ type: z.literal('protocols'), ...numbered }),
  z.object({ type: z.literal('evaluations'), ...numbered }),
  z.object({ type: z.literal('timing'), ...numbered }),
  z.object({ type: z.literal('settings'), ...numbered, settings: Settings }),
  z.object({ type: z.literal('engine'), ...numbered }),
  z.object({ type: z.literal('files'), ...numbered }),
  /** The notices about the data folder were read. */
  z.object({ type: z.literal('noticesDismissed'), ...numbered }),
  /** Another program (a terminal) changed the data: what is shown must be fetched anew. */
  z.object({ type: z.literal('elsewhere'), ...numbered }),
]);
export type StudioEvent = z.infer<typeof StudioEvent>;

export const eventsContract = {
  subscribe: procedure
    .input(z.object({ after: EventPosition.nullable().default(null) }).prefault({}))
    .output(eventIterator(asStored<StudioEvent>())),
};
