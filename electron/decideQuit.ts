/** Closing while something works: what to ask. */

export interface Busy { readonly training: readonly string[]; readonly jobs: number }

/** Null when nothing would be lost and nobody needs to be asked. */
export function quitQuestion({ training, jobs }: Busy, askBeforeQuit: boolean): { message: string; detail: string; buttons: [string, string] } | null {
  if (!askBeforeQuit || (training.length === 0 && jobs === 0)) return null;
  if (training.length === 0) return { message: jobs === 1 ? 'A job is not finished.' : `${jobs} jobs are not finished.`, detail: 'Nothing half-made is kept.', buttons: ['Keep working', 'Quit'] };
  const names = training.map((name) => `"${name}"`).join(', ');
  return { message: `${names} ${training.length === 1 ? 'is' : 'are'} training.`, detail: 'Quitting finishes the step and saves a checkpoint; the run can be continued later.', buttons: ['Keep training', 'Save and quit'] };
}
