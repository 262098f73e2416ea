/**
 * What happened to a run that ended badly or cannot go on, and what can be done about it from here: the host's own
 * words where it knows more, ours where it names options of the command line.
 */
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { ENDED_BADLY } from '../../../contract/run.ts';
import type { Problem } from '../../bridge/problem.ts';
import { compactNumber } from '../../format/numbers.ts';

export interface Remedy {
  readonly label: string;
  /** Null goes on with the run itself. */ readonly to: {
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
  } | null;
}
export interface Ending {
  readonly problem: Problem;
  /** The best one first. */ readonly remedies: readonly Remedy[];
}

const WORDS: Readonly<Record<string, string>> = {
  diverged: 'The loss became infinite or NaN.',
  failed: 'The run failed.',
  outOfMemory: 'The device ran out of memory.',
  hung: 'The job process stopped responding and was ended.',
  diskFull: 'The disk is full.',
  interrupted: 'The run was interrupted.',
};

/** Null for a run that gets on, waits its turn, or ended as it should. */
export function endingOf(run: Pick<RunRow, 'id' | 'state' | 'reason' | 'error' | 'resumable' | 'spec'>): Ending | null {
  if (run.state === 'diskFull')
    return {
      problem: {
        code: 'file.diskFull',
        message: run.error?.message ?? WORDS[run.state] ?? '',
        remedy: run.error?.remedy,
      },
      remedies: [{ label: 'Free disk space', to: { path: '/settings' } }],
    };
  if (!ENDED_BADLY.includes(run.state)) return null;
  const again = (label: string, change: Readonly<Record<string, string>> = {}): Remedy => ({
    label,
    to: { path: '/runs/new', query: { from: run.id, ...change } },
  });
  const resume: readonly Remedy[] = run.resumable
    ? [{ label: 'Resume from last checkpoint', to: null }]
    : [{ label: 'Restart', to: null }];
  const { remedy, others } = waysOn(run, again, resume);
  const message = run.error?.message ?? run.reason ?? WORDS[run.state] ?? '';
  return {
    problem: { code: run.error?.code ?? '', message, remedy },
    remedies: [...others, again('Edit the configuration and retry')],
  };
}

const HALF_BATCH = 'Half the batch size needs about half the memory.';
/** Above it no network here trains; a rate that diverged there is not tried again at a tenth. */
const HIGHEST_LR = 1;

function waysOn(
  { state, error, spec, resumable }: Pick<RunRow, 'state' | 'error' | 'spec' | 'resumable'>,
  again: (label: string, change?: Readonly<Record<string, string>>) => Remedy,
  resume: readonly Remedy[],
): { remedy: string | undefined; others: readonly Remedy[] } {
  const lower = Math.min(spec.lr / 10, spec.lr > HIGHEST_LR ? HIGHEST_LR / 100 : Infinity);
  const kept = resumable ? 'The last checkpoint is kept.' : 'No checkpoint had been saved yet.';
  if (error?.code === 'file.diskFull')
    return {
      remedy: `${error.remedy ?? 'Free space on that disk, then resume.'}`,
      others: [...resume, { label: 'Free disk space', to: { path: '/settings' } }],
    };
  switch (state) {
    case 'outOfMemory': {
      const fitting = error?.details?.['fittingBatch'];
      const tried = typeof fitting === 'number';
      const batch = tried ? fitting : Math.max(1, Math.floor(spec.batchSize / 2));
      if (fitting === null || spec.batchSize <= 1)
        return {
          remedy:
            'No smaller batch fits. Use smaller images, a smaller network or bf16, or close other programs. ' + kept,
          others: resume,
        };
      const parts = Math.ceil((spec.batchSize / batch) * spec.accumulate);
      return {
        remedy: `${tried ? `Batch ${batch} fits (tested with two steps).` : HALF_BATCH} ${kept}`,
        others: [
          again(`Retry with batch ${batch}`, { batch: String(batch) }),
          ...(parts > 1
            ? [
                again(`Keep batch ${spec.batchSize} with ${parts} accumulation steps`, {
                  batch: String(batch),
                  accumulate: String(parts),
                }),
              ]
            : []),
          ...resume,
        ],
      };
    }
    case 'diverged':
      return {
        // to resume would diverge again at the same step
        remedy: `Use a lower learning rate, warm-up or gradient clipping. ${kept}`,
        others: [again(`Retry with lr ${compactNumber(lower)}`, { lr: String(lower) })],
      };
    case 'hung':
      return {
        remedy: `If it happens again at the same step, check the disk, the device and the log. ${kept}`,
        others: resume,
      };
    case 'interrupted':
      return { remedy: kept, others: resume };
    default:
      return { remedy: error?.remedy, others: resume };
  }
}
