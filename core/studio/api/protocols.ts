/** Handlers of evaluation protocols. */
import { api } from './implementer.ts';

export const protocolsRouter = {
  list: api.protocols.list.handler(({ context: { host } }) => host.studio.protocols.list()),
  create: api.protocols.create.handler(async ({ input, context: { host } }) => {
    const entry = await host.studio.protocols.create(input.protocol);
    host.events.publish({ type: 'protocols' });
    return entry;
  }),
  remove: api.protocols.remove.handler(async ({ input, context: { host } }) => {
    const entry = await host.studio.protocols.remove(input.name);
    host.events.publish({ type: 'protocols' });
    return entry;
  }),
};
