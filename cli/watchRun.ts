/** Trains one run in the foreground: progress, epochs as lines, Ctrl-C. */
import type { RunSummary } from '../contract/run.ts';
import type { RunMessage } from '../core/studio/training/runMessage.ts';
import { trainingWords } from '../core/studio/training/trainingWords.ts';
import type { Session } from './session.ts';

/** Starts (or continues) run `id` and follows it to its end; the summary says how it ended. */
export async function watchRun(
  session: Session,
  id: string,
  options: { resume?: boolean; label?: string } = {},
): Promise<RunSummary> {
  const { studio, progress, interrupts } = session;
  const label = options.label ?? id;
  let total = 0;
  const unsubscribe = studio.runs.subscribe((runId, event) => {
    if (runId !== id) return;
    if (event.type === 'started') total = event.totalSteps;
    showEvent(session, event, label, total);
  });
  const end = (kill: boolean): void => {
    void studio.runs.stop(id, { kill }).catch(() => undefined);
  };
  const stop = (): void => end(false);
  const kill = (): void => end(true);
  try {
    await (options.resume ? studio.runs.resume(id) : studio.runs.start(id));
    interrupts.signal.addEventListener('abort', stop);
    interrupts.killSignal.addEventListener('abort', kill);
    if (interrupts.signal.aborted) stop();
    return await studio.runs.wait(id);
  } finally {
    interrupts.signal.removeEventListener('abort', stop);
    interrupts.killSignal.removeEventListener('abort', kill);
    unsubscribe();
    progress.end();
  }
}

/** What a training run says, on a terminal. */
export function showEvent({ progress, json }: Session, event: RunMessage, label: string, total: number): void {
  switch (event.type) {
    case 'preparing':
      return progress.update({ ...event, stage: `${label}: ${event.stage}` });
    case 'log':
      return event.level === 'info' ? undefined : progress.say(event.text);
    case 'stepped': {
      const loss = event.points.findLast((point) => point.name === 'train/batchLoss')?.value;
      return progress.update({
        stage: label,
        done: event.step,
        total,
        perSec: event.imagesPerSec,
        secondsLeft: event.secondsLeft,
        note: `epoch ${Math.ceil(event.epoch)}${loss !== undefined && loss !== null ? `  loss ${loss.toFixed(4)}` : ''}`,
      });
    }
    case 'validating':
      return progress.update({
        stage: `${label}: validating`,
        done: event.done,
        total: event.total,
        perSec: 0,
        secondsLeft: null,
      });
    case 'epochEnded':
      return json ? undefined : progress.say(`${label}  ${trainingWords(event)}`);
    case 'resumed':
    case 'started':
    case 'recycling':
    case 'finished':
      return progress.say(`${label}: ${trainingWords(event)}`);
    case 'saving':
    case 'checkpointSaved':
    case 'pictureRefused':
      return;
    case 'waitingForRoom':
      return progress.update({
        stage: `${label}: ${event.error.message} Free some space; it goes on by itself`,
        done: event.step,
        total,
        perSec: 0,
        secondsLeft: null,
      });
  }
}
