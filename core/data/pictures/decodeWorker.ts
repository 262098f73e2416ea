/** Thread of the decode pool: one chunk at a time. */
import { parentPort } from 'node:worker_threads';
import { decodeChunk } from './decodeChunk.ts';
import type { DecodeRequest } from './decodeMessages.ts';

parentPort?.on('message', (request: DecodeRequest) => {
  // A rejection here is a bug, and ends the thread as an uncaught error.
  void decodeChunk(request).then((reply) => parentPort?.postMessage(reply, [reply.pixels.buffer as ArrayBuffer]));
});
