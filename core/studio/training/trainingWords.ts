/** What a training process reports, as a line for people: in the run's log, in its window, on a terminal. */
import { lastMetric, METRIC } from '../../../contract/metrics.ts';
import type { TrainEvent } from '../../../contract/run.ts';

/** Null for what comes again and again, and is shown by a bar. */
export function trainingWords(event: TrainEvent): string | null {
  switch (event.type) {
    case 'resumed':
      return `continues from checkpoint ${event.seq}, step ${event.step}.`;
    case 'started':
      return startWords(event);
    case 'epochEnded':
      return epochWords(event);
    case 'recycling':
      return `a fresh process takes over at step ${event.step}: ${event.reason}.`;
    case 'finished':
      return (
        `${event.state} after ${(event.durationMs / 1000).toFixed(0)} s, ${event.imagesPerSec.toFixed(1)} img/s. ` +
        `${event.reason}`
      );
    default:
      return null;
  }
}

function epochWords({ epoch, points, improved }: Extract<TrainEvent, { type: 'epochEnded' }>): string {
  const finite = (name: string): number | null => {
    const value = lastMetric(points, name);
    return value !== undefined && Number.isFinite(value) ? value : null;
  };
  const loss = (name: string): string => finite(name)?.toFixed(4) ?? 'not finite';
  const top1 = finite(METRIC.valTop1);
  const validation =
    lastMetric(points, METRIC.valLoss) === undefined
      ? 'no validation images'
      : `validation loss ${loss(METRIC.valLoss)}, top-1 ${top1 === null ? '–' : `${(100 * top1).toFixed(2)} %`}`;
  return `epoch ${epoch}: loss ${loss(METRIC.trainLoss)}, ${validation}${improved ? '  (best)' : ''}`;
}

function startWords({ device, parameters, secondsToFirstStep }: Extract<TrainEvent, { type: 'started' }>): string {
  const { name, kind, engine, engineVersion, threads, notice } = device;
  return (
    `${parameters.toLocaleString('en')} parameters on ${name} ` +
    `(${kind}, ${engine} ${engineVersion}, ${threads} threads); ` +
    `first step after ${secondsToFirstStep.toFixed(1)} s.${notice ? ` ${notice}` : ''}`
  );
}
