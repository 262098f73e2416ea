/** Handlers of the engine. */
import { api } from './implementer.ts';

export const engineRouter = {
  status: api.engine.status.handler(({ input, context: { host } }) => host.reader.ask('engineStatus', input)),
  install: api.engine.install.handler(({ input, context: { host } }) => ({
    jobId: host.jobs.start({
      kind: 'installEngine',
      title: `Install the engine for ${input.device === 'gpu' ? 'NVIDIA GPUs' : 'the CPU'}`,
      lane: 'install',
      async run({ signal, onProgress }) {
        const installed = await host.studio.engine.install(input.device, {
          signal,
          onProgress: ({ stage, label, done, total, bytesPerSec, secondsLeft }) =>
            onProgress({ stage: `${stage} ${label}`, done, total, perSec: bytesPerSec ?? 0, secondsLeft }),
        });
        host.events.publish({ type: 'engine' });
        return { kind: 'engine', folder: installed.folder };
      },
    }),
  })),
  test: api.engine.test.handler(({ input, context: { host } }) => ({
    jobId: host.jobs.start({
      kind: 'testEngine',
      title: 'Test the engine',
      lane: 'compute',
      ready: (signal) => host.deviceFree(host.queue.laneOf(input.device), signal),
      run: async (work) => ({ kind: 'engineTest', report: await host.studio.engine.test(input, work) }),
    }),
  })),
};
