/** Handler of learning rate range tests. */
import { lrRangeJob } from '../../../../contract/api/runs/lrRange.ts';
import { computeTurn } from '../../host/computeTurn.ts';
import { lrRange } from '../../runs/lrRange.ts';
import { api } from '../implementer.ts';

export const lrRangeRouter = {
  start: api.lrRange.start.handler(async ({ input: { request, ...range }, context: { host } }) => ({
    jobId: host.jobs.start({
      kind: lrRangeJob,
      title: `Learning rates for ${request.model.name}`,
      turn: await computeTurn(host.studio.context, [request.device]),
      async run(work) {
        await host.studio.engine.ensure(request.device, { signal: work.signal });
        return { range: await lrRange(host.studio.context, request, range, work) };
      },
    }),
  })),
};
