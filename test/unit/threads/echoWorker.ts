/** Thread of the pool's test: answers late, early or never, as it is told. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', ({ id, delayMs, fails }: { id: number; delayMs: number; fails: boolean }) => {
  if (fails) throw new Error(`request ${id} is broken`);
  setTimeout(() => parentPort?.postMessage({ id, answer: id * id }), delayMs);
});
