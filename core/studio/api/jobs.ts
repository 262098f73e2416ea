/** Handlers of long work that is no training. */
import { api } from './implementer.ts';

export const jobsRouter = {
  list: api.jobs.list.handler(({ context: { host } }) => host.jobs.list()),
  show: api.jobs.show.handler(({ input, context: { host } }) => host.jobs.show(input.job)),
  cancel: api.jobs.cancel.handler(({ input, context: { host } }) => host.jobs.cancel(input.job)),
};
