/** Entry of the reader thread. */
import { parentPort } from 'node:worker_threads';
import { StudioError } from '../../../contract/errors.ts';
import { readerHandlers } from './handlers.ts';
import type { ReaderReply, ReaderRequest } from './requests.ts';

async function answer(request: ReaderRequest): Promise<ReaderReply> {
  try {
    const handle = readerHandlers[request.name] as (input: unknown) => unknown;
    return { id: request.id, output: await handle(request.input) };
  } catch (error) {
    return {
      id: request.id,
      error: error instanceof StudioError ? error.toReport() : null,
      message: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error),
    };
  }
}

parentPort?.on('message', (request: ReaderRequest) => {
  void answer(request).then((reply) => parentPort?.postMessage(reply));
});
