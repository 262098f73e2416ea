/** What a training run tells its host. */
import type { Progress } from '../../../contract/progress.ts';
import type { TrainEvent } from '../../../contract/run.ts';

/** What a training run says: its events, and before them the making of its packed cache. */
export type RunMessage =
  | TrainEvent
  | ({ readonly type: 'preparing' } & Progress)
  /** Where it stands in the line of another place, or where it runs there. */
  | { readonly type: 'whereabouts'; readonly words: string; readonly waiting: boolean }
  | { readonly type: 'pictureRefused'; readonly dataset: string }
  /** What it said of the validation images is there to look at. */
  | { readonly type: 'predicted' }
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly text: string };
