/**
 * Trials: what the program is put through to show that nothing is lost. Each has a short form in the suite; the long
 * one runs with QUORUM_TRIALS=1 and takes many minutes.
 */
export const LONG = process.env['QUORUM_TRIALS'] === '1';

/** What the short form of a trial takes, or the long one. */
export function tries<T>(short: T, long: T): T {
  return LONG ? long : short;
}

/** For the table of docs/reliability.md. */
export function tell(line: string): void {
  console.info(line);
}
