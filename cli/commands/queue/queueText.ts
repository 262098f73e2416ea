/** The queue as text. */
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { deviceWords } from '../../../pure/gpuWords.ts';
import { formatTable, formatWhen, printable } from '../../format.ts';
import { openQueue } from '../../queueRuns.ts';
import type { Session } from '../../session.ts';

export async function printQueue(session: Session): Promise<void> {
  const { context, runBook } = session.studio;
  const held = await context.leases.heldRuns();
  const { runs } = await runBook.list({ trashed: false });
  const running = runs.filter(({ id }) => held.has(id));
  const waiting = runs
    .filter((run) => run.queuePosition !== null)
    .sort((a, b) => (a.queuePosition ?? 0) - (b.queuePosition ?? 0));
  const settings = await openQueue(session).queue.settings();
  const pause = settings.pausedReason ?? 'Paused: nothing new starts. Go on: quorum queue resume, or quorum queue run.';
  const lines = [describeRuns([...running, ...waiting]), ...(settings.paused ? [printable(pause)] : [])];
  session.print({ running, waiting, ...settings }, lines.join('\n'));
}

function describeRuns(runs: readonly RunRow[]): string {
  if (runs.length === 0) return 'No runs are running or queued.';
  const rows = runs.map((run) => [
    run.queuePosition === null ? '' : String(run.queuePosition),
    run.id,
    run.name,
    run.state,
    run.queuePosition === null && run.device ? deviceWords(run.device) : run.spec.device,
    formatWhen(run.createdAt),
  ]);
  return formatTable(['place', 'run', 'name', 'state', 'device', 'created'], rows, ['place']);
}
