/** A page that died is loaded again, but not for ever: one that dies while it loads would take the machine with it. */

const MOST = 3;
const WITHIN_MS = 60_000;

/**
 * @param deaths when the page died before, oldest first, milliseconds.
 * @param now of this death.
 * @returns whether to load it again without asking
 */
export function reloadsByItself(deaths: readonly number[], now: number): boolean {
  return deaths.filter((at) => now - at < WITHIN_MS).length < MOST;
}
