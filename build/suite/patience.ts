/** How long a browser test waits for what must come. */
import { availableParallelism, loadavg } from 'node:os';

const QUIET_MS = 300_000;
const LONGEST_MS = 600_000;

/**
 * What does not come within this time does not come: minutes where nobody else computes, and longer the more processes
 * there are for each core. No test judges by time.
 */
export const WAIT_MS = Math.min(LONGEST_MS, QUIET_MS * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism()));
