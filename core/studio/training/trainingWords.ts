/** What a training process reports, as a line for people: in the run's log, in its window, on a terminal. */
import type { TrainEvent } from '../../../contract/run.ts';

/** Null for what comes again and again, and is shown by a bar. */
export function trainingWords(event: TrainEvent): string | null {
  switch (event.type) {
    case 'resumed':
      return `continues from checkpoint ${event.seq}, step ${event.step}.`;
    case 'started': {
      const { device } = event;
      return `${event.parameters.toLocaleString('en')} parameters on ${device.name} (${device.kind}, ${device.engine} ${device.engineVersion}, ${device.threads} threads); first step after ${event.secondsToFirstStep.toFixed(1)} s.${device.notice ? ` ${device.notice}` : ''}`;
    }
    case 'epochEnded': {
      const value = (name: string): number | null =>
        event.points.findLast((point) => point.name === name)?.value ?? null;
      const loss = (name: string): string => value(name)?.toFixed(4) ?? 'not finite';
      const top1 = value('val/top1');
      const validation = event.points.some(({ name }) => name === 'val/loss')
        ? `validation loss ${loss('val/loss')}, top-1 ${top1 === null ? '–' : `${(100 * top1).toFixed(2)} %`}`
        : 'no validation images';
      return `epoch ${event.epoch}: loss ${loss('train/loss')}, ${validation}${event.improved ? '  (best)' : ''}`;
    }
    case 'recycling':
      return `a fresh process takes over at step ${event.step}: ${event.reason}.`;
    case 'finished':
      return `${event.state} after ${(event.durationMs / 1000).toFixed(0)} s, ${event.imagesPerSec.toFixed(1)} img/s. ${event.reason}`;
    case 'stepped':
    case 'waitingForRoom':
    case 'validating':
    case 'saving':
    case 'checkpointSaved':
      return null;
  }
}
