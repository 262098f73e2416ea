/** `quorum queue run`. */
import type { Command } from 'commander';
import { SettingsChange } from '../../../contract/api/settings.ts';
import { StudioError } from '../../../contract/errors.ts';
import { wholeNumber } from '../../options/optionValues.ts';
import { type QueueRunOptions, runQueue } from '../../queueRuns.ts';
import { withStudio } from '../../session.ts';

interface RunOptions {
  readonly stopAfterFailure?: boolean;
  readonly lanes?: number;
  readonly cpuLanes?: number;
  readonly threadsPerLane?: number;
}

export function addQueueRunCommand(queue: Command): void {
  queue
    .command('run')
    .description('Train all queued runs; a run that fails does not stop the others.')
    .option('--stop-after-failure', 'pause the queue when a run fails')
    .option('--lanes <n>', 'runs that train at once, on all devices together; default: as in Settings', wholeNumber)
    .option('--cpu-lanes <n>', 'runs that train at once on the processor; default: as in Settings', wholeNumber)
    .option('--threads-per-lane <n>', 'threads of each of those; default: an even share of the cores', wholeNumber)
    .action(({ stopAfterFailure = false, ...options }: RunOptions, command: Command) =>
      withStudio(command, async (session) => {
        const { value, text } = await runQueue(session, { stopAfterFailure, limits: limitsOf(options) });
        session.print(value, text);
      }),
    );
}

function limitsOf({ lanes, cpuLanes, threadsPerLane }: RunOptions): NonNullable<QueueRunOptions['limits']> {
  const limits = SettingsChange.pick({ mostLanes: true, cpuLanes: true, threadsPerLane: true }).safeParse({
    ...(lanes !== undefined && { mostLanes: lanes }),
    ...(cpuLanes !== undefined && { cpuLanes }),
    ...(threadsPerLane !== undefined && { threadsPerLane }),
  });
  if (limits.success) return limits.data;
  throw new StudioError('input.invalid', 'There are 1 to 64 lanes on the processor, and 1 lane or more in all.', {
    remedy: 'Give --lanes, --cpu-lanes and --threads-per-lane numbers of 1 or more.',
  });
}
