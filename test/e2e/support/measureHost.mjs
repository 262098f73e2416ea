/** Loaded into the host before its own code: how long its event loop was held up, told on request and begun anew. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
// the monitor's own interval is part of what it records
const milliseconds = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

process.on('message', () => {
  process.send({
    mean: milliseconds(delays.mean),
    p99: milliseconds(delays.percentile(99)),
    max: milliseconds(delays.max),
  });
  delays.reset();
});
process.channel?.unref();
