/** Handlers of timing. */
import { timeJob } from '../../../contract/api/timing.ts';
import { computeTurn } from '../host/computeTurn.ts';
import { api } from './implementer.ts';

export const timingRouter = {
  run: api.timing.run.handler(async ({ input: { questions }, context: { host } }) => {
    const devices = questions.map(({ device }) => device);
    return {
      jobId: host.jobs.start({
        kind: timeJob,
        title: questions.length === 1 ? `Time ${questions[0]?.model}` : `Time ${questions.length} networks`,
        turn: await computeTurn(host.studio.context, devices),
        async run(work) {
          const timingIds: string[] = [];
          for (const [i, question] of questions.entries()) {
            await host.studio.engine.ensure(question.device, { signal: work.signal });
            const { size, threads, ...rest } = question;
            const row = await host.studio.timing.run(
              { ...rest, ...(size !== undefined && { size }), ...(threads !== undefined && { threads }) },
              {
                ...work,
                onProgress: (progress) =>
                  work.onProgress({
                    ...progress,
                    stage:
                      questions.length > 1
                        ? `time ${question.model} (${i + 1} of ${questions.length})`
                        : progress.stage,
                  }),
              },
            );
            timingIds.push(row.id);
            host.events.publish({ type: 'timing' });
          }
          return { timingIds };
        },
      }),
    };
  }),
  list: api.timing.list.handler(({ context: { host } }) => host.studio.timing.list()),
  remove: api.timing.remove.handler(async ({ input, context: { host } }) => {
    const { id } = await host.studio.timing.remove(input.timing);
    host.events.publish({ type: 'timing' });
    return { id };
  }),
};
