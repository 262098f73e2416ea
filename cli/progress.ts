/**
 * Progress of long work on stderr: one redrawn line on a terminal, a plain line every few seconds in a log, JSON lines
 * for programs.
 */
import type { Progress as WorkProgress } from '../contract/progress.ts';
import { formatCount, formatSeconds, printable } from './format.ts';

export interface ProgressState extends Readonly<WorkProgress> {
  /** Shown at the end of the line. */
  readonly note?: string;
  /** What `perSec` counts; `img/s` unless given. */
  readonly unit?: string;
}

export interface Progress {
  update(state: ProgressState): void;
  /** A line that stays, above the progress. */
  say(text: string): void;
  /** Removes the redrawn line. */
  end(): void;
}

export type ProgressMode = 'terminal' | 'log' | 'json' | 'off';

interface Output {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

const REDRAW_MS = 100;
const LOG_MS = 5000;
const BAR_CELLS = 24;

export function createProgress(
  mode: ProgressMode,
  output: Output = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  // A log hears of what takes longer than one interval, not of what is over at once.
  let shownAt = mode === 'log' ? now() : -Infinity;
  let shownStage = '';
  let lineShown = false;
  const clear = (): void => {
    if (lineShown) output.write('\r\u001b[K');
    lineShown = false;
  };
  return {
    update(state) {
      const complete = state.total > 0 && state.done >= state.total;
      const due =
        mode === 'log'
          ? now() - shownAt >= LOG_MS
          : now() - shownAt >= REDRAW_MS || state.stage !== shownStage || complete;
      if (mode === 'off' || !due) return;
      shownAt = now();
      shownStage = state.stage;
      if (mode === 'json') output.write(`${JSON.stringify({ type: 'progress', ...state })}\n`);
      else if (mode === 'log') output.write(`${progressLine(state)}\n`);
      else {
        output.write(`\r${progressLine(state, bar(state)).slice(0, Math.max(20, (output.columns ?? 80) - 1))}\u001b[K`);
        lineShown = true;
      }
    },
    say(text) {
      if (mode === 'off') return;
      clear();
      output.write(mode === 'json' ? `${JSON.stringify({ type: 'log', text })}\n` : `${printable(text)}\n`);
    },
    end: clear,
  };
}

/** Terminal or log by what stderr is; programs that asked for JSON get JSON. */
export function progressMode(json: boolean, isTty: boolean = process.stderr.isTTY): ProgressMode {
  return json ? 'json' : isTty ? 'terminal' : 'log';
}

function bar({ done, total }: ProgressState): string {
  if (total <= 0) return '';
  const filled = Math.round(BAR_CELLS * Math.min(1, done / total));
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} `;
}

function progressLine(
  { stage, done, total, perSec, secondsLeft, note, unit = 'img/s' }: ProgressState,
  drawn = '',
): string {
  const parts = [
    total > 0 ? `${drawn}${Math.floor((100 * done) / total)} %` : formatCount(done),
    ...(perSec !== null && perSec > 0 ? [rate(perSec, unit)] : []),
    ...(secondsLeft !== null && Number.isFinite(secondsLeft) ? [`${formatSeconds(secondsLeft)} left`] : []),
    ...(note ? [note] : []),
  ];
  return printable(`${stage}  ${parts.join('  ')}`);
}

function rate(perSec: number, unit: string): string {
  if (unit === 'B/s') return `${formatCount(perSec)}B/s`;
  return `${perSec >= 100 ? Math.round(perSec) : perSec.toFixed(1)} ${unit}`;
}
