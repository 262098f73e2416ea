/**
 * Entry of a job process under Electron: gives it the channel that a forked Node process has, then becomes the job
 * process.
 */
import { setTimeout as wait } from 'node:timers/promises';

/** A message is on its way when it is posted; a process that ends in the same moment would take it along. */
const FLUSH_MS = 50;

const { parentPort } = process;
const isLast = (message: unknown): boolean =>
  typeof message === 'object' &&
  message !== null &&
  'type' in message &&
  (message.type === 'done' || message.type === 'failed');

Object.defineProperty(process, 'send', {
  value(message: unknown, done?: () => void): boolean {
    parentPort.postMessage(message);
    if (done) void (isLast(message) ? wait(FLUSH_MS) : Promise.resolve()).then(done);
    return true;
  },
});

await import('../core/worker/main.ts');

// What is sent before somebody listens waits here; heard any earlier it would find nobody.
parentPort.on('message', ({ data }) => {
  process.emit('message', data, undefined);
});
