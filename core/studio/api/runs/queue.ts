/** Handlers of the queue. */
import { StudioError } from '../../../../contract/errors.ts';
import { api } from '../implementer.ts';
import { requireRow } from './runs.ts';

export const queueRouter = {
  list: api.queue.list.handler(({ context: { host } }) => host.queueState()),
  add: api.queue.add.handler(async ({ input, context: { host } }) => {
    const held = await host.studio.context.leases.heldRuns();
    for (const id of input.runs) {
      const row = await requireRow(host, id);
      if (held.has(id) || host.studio.context.places.away(id) !== null)
        throw new StudioError('run.inUse', `"${row.name}" is training already.`, {
          remedy: 'Choose runs that are not training.',
        });
    }
    await host.queue.add(input.runs);
    return host.queueState();
  }),
  move: api.queue.move.handler(async ({ input, context: { host } }) => {
    await host.queue.move(input.run, input.before);
    return host.queueState();
  }),
  pause: api.queue.pause.handler(async ({ context: { host } }) => {
    await host.queue.configure({ paused: true, pausedReason: null });
    return host.queueState();
  }),
  resume: api.queue.resume.handler(async ({ context: { host } }) => {
    await host.queue.configure({ paused: false, pausedReason: null });
    return host.queueState();
  }),
  remove: api.queue.remove.handler(async ({ input, context: { host } }) => {
    const row = await requireRow(host, input.run);
    await host.queue.take(row.id, row.step > 0 ? 'interrupted' : 'stopped');
    return host.queueState();
  }),
  configure: api.queue.configure.handler(async ({ input, context: { host } }) => {
    await host.queue.configure(input);
    return host.queueState();
  }),
};
