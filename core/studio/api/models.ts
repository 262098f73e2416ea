/** Handlers of networks. */
import type { ModelRow } from '../../../contract/api/models.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { api } from './implementer.ts';

let modelRows: ModelRow[] | null = null;
/** The registry never changes; every network is built symbolically for its figures. */
const listRows = ({ studio: { models } }: StudioHost): ModelRow[] =>
  models.list().map((card) => {
    const { learnable, multiplyAdds } = models.describe({ name: card.name });
    return { ...card, learnable, multiplyAdds };
  });

export const modelsRouter = {
  list: api.models.list.handler(({ context: { host } }) => (modelRows ??= listRows(host))),
  describe: api.models.describe.handler(({ input: { size, ...rest }, context: { host } }) => {
    const { card, ...description } = host.studio.models.describe({ ...rest, ...(size !== undefined && { size }) });
    return { ...description, name: card.name };
  }),
};
