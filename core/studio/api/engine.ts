/** Handlers of the engine. */
import { testEngineJob } from '../../../contract/api/engine.ts';
import { computeTurn } from '../host/computeTurn.ts';
import { api } from './implementer.ts';

export const engineRouter = {
  status: api.engine.status.handler(({ input, context: { host } }) => host.reader.ask('engineStatus', input)),
  install: api.engine.install.handler(async ({ input, context: { host } }) => {
    await host.gate.retry();
    return { jobId: host.installer.install(input.device).jobId };
  }),
  useFallback: api.engine.useFallback.handler(async ({ input, context: { host } }) => {
    await host.studio.engine.allowFallback(input.fallback);
    await host.gate.retry();
  }),
  test: api.engine.test.handler(async ({ input, context: { host } }) => ({
    jobId: host.jobs.start({
      kind: testEngineJob,
      title: 'Test the engine',
      turn: await computeTurn(host.studio.context, [input.device]),
      run: async (work) => ({ report: await host.studio.engine.test(input, work) }),
    }),
  })),
};
