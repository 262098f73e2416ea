/** Handlers of the folders that pages may look into. */
import { api } from './implementer.ts';

export const filesRouter = {
  roots: api.files.roots.handler(({ context: { host } }) => host.roots.list()),
  browse: api.files.browse.handler(({ input, context: { host } }) => host.roots.browse(input.folder, input.limit)),
  forget: api.files.forget.handler(({ input, context: { host } }) => {
    host.roots.forget(input.root);
    host.events.publish({ type: 'files' });
    return host.roots.list();
  }),
};
