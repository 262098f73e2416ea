/** Handler of the log of events. */
import { api } from './implementer.ts';

export const eventsRouter = {
  subscribe: api.events.subscribe.handler(({ input, context: { host }, signal }) =>
    host.events.subscribe(input.after, signal),
  ),
};
