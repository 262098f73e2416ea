/** Thread of the view pool: one request at a time. */
import { parentPort } from 'node:worker_threads';
import { makeViews, type ViewRequest } from './viewMessages.ts';

parentPort?.on('message', (request: ViewRequest) => {
  // A rejection here is a bug, and ends the thread as an uncaught error.
  void makeViews(request).then((reply) =>
    parentPort?.postMessage(
      reply,
      reply.views.map(({ buffer }) => buffer as ArrayBuffer),
    ),
  );
});
