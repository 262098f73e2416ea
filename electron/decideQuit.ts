/** Closing while something works: what to ask, and what the answer means. */

export interface Busy {
  readonly training: readonly string[];
  readonly jobs: number;
}
export type QuitAnswer = 'stay' | 'background' | 'quit';
export interface QuitQuestion {
  readonly message: string;
  readonly detail: string;
  readonly buttons: string[];
  /** What each button means, in their order. */ readonly answers: readonly QuitAnswer[];
}

/** Null when nothing would be lost and nobody needs to be asked. */
export function quitQuestion({ training, jobs }: Busy, askBeforeQuit: boolean): QuitQuestion | null {
  if (!askBeforeQuit || (training.length === 0 && jobs === 0)) return null;
  const background =
    'In the background the window closes and the work continues. Start Quorum again to see it. ' +
    'When everything is done, Quorum quits by itself.';
  if (training.length === 0) {
    return {
      message: jobs === 1 ? 'A job is not finished.' : `${jobs} jobs are not finished.`,
      detail: `Quitting keeps nothing half-made. ${background}`,
      buttons: ['Cancel', 'Go on in the background', 'Quit'],
      answers: ['stay', 'background', 'quit'],
    };
  }
  const names = training.map((name) => `"${name}"`).join(', ');
  return {
    message: `${names} ${training.length === 1 ? 'is' : 'are'} training.`,
    detail: `Quitting finishes the step and saves a checkpoint; the run can be continued later. ${background}`,
    buttons: ['Cancel', 'Train on in the background', 'Save and quit'],
    answers: ['stay', 'background', 'quit'],
  };
}

/** Without a window there is nobody to see that all is done. */
export function endsInBackground(windowOpen: boolean, { training, jobs }: Busy, waiting: number): boolean {
  return !windowOpen && training.length === 0 && jobs === 0 && waiting === 0;
}
