/** The queue: which run comes next, on which device. */
import { z } from 'zod';
import { EngineWait } from '../../engine.ts';
import { asStored, procedure, Id } from '../procedure.ts';
import { RunProgress, RunRow } from './runTypes.ts';

export const QueueState = z.object({
  paused: z.boolean(),
  /** Whether the next run starts after one that failed; otherwise the queue pauses then. */
  continueAfterFailure: z.boolean(),
  /** Why nothing starts although something waits; null when all is well. */
  pausedReason: z.string().nullable(),
  /**
   * What the engine keeps from starting; null when nothing. The run that is first in line has the state `installing`
   * meanwhile.
   */
  engine: EngineWait.nullable(),
  running: z.array(RunRow),
  /** In the order in which they will start. */
  waiting: z.array(RunRow),
  progress: z.array(RunProgress),
});
export type QueueState = z.infer<typeof QueueState>;

export const queueContract = {
  list: procedure.output(asStored<QueueState>()),
  /** Puts runs that are not running into the queue. */
  add: procedure.input(z.object({ runs: z.array(Id).min(1).max(256) })).output(asStored<QueueState>()),
  /** Before the run `before`, or to the end when it is null. */
  move: procedure.input(z.object({ run: Id, before: Id.nullable() })).output(asStored<QueueState>()),
  /** Running runs go on; nothing new starts. */
  pause: procedure.output(asStored<QueueState>()),
  resume: procedure.output(asStored<QueueState>()),
  /** The run stays, unqueued. */
  remove: procedure.input(z.object({ run: Id })).output(asStored<QueueState>()),
  configure: procedure.input(z.object({ continueAfterFailure: z.boolean() })).output(asStored<QueueState>()),
};
