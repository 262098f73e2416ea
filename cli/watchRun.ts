/** Trains one run in the foreground: progress, epochs as lines, Ctrl-C. */
import { lastMetric, METRIC } from '../contract/metrics.ts';
import type { Run } from '../contract/run.ts';
import type { RunMessage } from '../core/studio/training/runMessage.ts';
import { foldTraining, NOT_STARTED, type TrainingStatus } from '../core/studio/training/trainingStatus.ts';
import { trainingWords } from '../core/studio/training/trainingWords.ts';
import type { Session } from './session.ts';

/** Starts (or continues) run `id`, unless that was done, and follows it to its end; the summary says how it ended. */
export async function watchRun(
  session: Session,
  id: string,
  options: { resume?: boolean; label?: string; started?: boolean } = {},
): Promise<Run> {
  const { studio, progress, interrupts } = session;
  const label = options.label ?? id;
  let status = NOT_STARTED;
  const unsubscribe = studio.runs.subscribe((runId, message) => {
    if (runId !== id) return;
    status = foldTraining(status, message);
    showMessage(session, message, label, status);
  });
  const end = (kill: boolean): void => {
    void studio.runs.stop(id, { kill }).catch(() => undefined);
  };
  const stop = (): void => end(false);
  const kill = (): void => end(true);
  try {
    const { signal } = interrupts;
    if (!options.started)
      await (options.resume ? studio.runs.resume(id, { signal }) : studio.runs.start(id, { signal }));
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

/** What a training run says, on a terminal; `status`: where it stands after that. */
export function showMessage(
  { progress, json }: Session,
  message: RunMessage,
  label: string,
  { progress: { stage, ...rest } }: TrainingStatus,
): void {
  switch (message.type) {
    case 'preparing':
      return progress.update({ ...rest, stage: `${label}: ${stage}` });
    case 'log':
      return message.level === 'info' ? undefined : progress.say(message.text);
    case 'stepped': {
      const loss = lastMetric(message.points, METRIC.batchLoss);
      const shown = loss !== undefined && Number.isFinite(loss) ? `  loss ${loss.toFixed(4)}` : '';
      return progress.update({ ...rest, stage: label, note: `epoch ${Math.ceil(message.epoch)}${shown}` });
    }
    case 'validating': {
      const { done, total } = message;
      return progress.update({ stage: `${label}: validating`, done, total, perSec: null, secondsLeft: null });
    }
    case 'waitingForRoom':
      return progress.update({
        ...rest,
        stage: `${label}: ${message.error.message} Free some space; it goes on by itself`,
        perSec: null,
        secondsLeft: null,
      });
    case 'epochEnded':
      return json ? undefined : progress.say(`${label}  ${trainingWords(message)}`);
    case 'whereabouts':
      return progress.say(`${label}: ${message.words}.`);
    case 'pictureRefused':
    case 'predicted':
      return;
    default: {
      const words = trainingWords(message);
      if (words !== null) progress.say(`${label}: ${words}`);
    }
  }
}
