/** Handlers of places. */
import { api } from './implementer.ts';

export const placesRouter = {
  check: api.places.check.handler(async ({ input: { name }, context: { host } }) => ({
    findings: await host.studio.context.places.check(name),
  })),
};
