/** Handlers of the home page: what computes here, and what the user should know. */
import { diskSpaceAt } from '../../files/freeSpace.ts';
import { locateEngine } from '../../provision/installation.ts';
import { api } from './implementer.ts';

export const homeRouter = {
  summary: api.home.summary.handler(async ({ context: { host } }) => {
    const installed = (['gpu', 'cpu'] as const).filter((device) => locateEngine(device) !== null);
    const engine = locateEngine('gpu') ?? locateEngine('cpu');
    return {
      engine: {
        device: installed[0] ?? ('wasm' as const),
        installed,
        tfVersion: engine?.tfVersion ?? null,
        notice: engine
          ? null
          : 'The native engine is not installed; it is installed when something first needs it, or in Settings.',
      },
      disk: await diskSpaceAt(host.studio.paths.dataDir),
    };
  }),
  host: api.home.host.handler(async ({ context: { host } }) => ({
    kind: host.kind,
    version: host.version,
    platform: `${process.platform}-${process.arch}`,
    dataDir: host.studio.paths.dataDir,
    readOnly: host.studio.context.readOnly,
    roots: host.roots.list().map(({ path }) => path),
    ...(await host.machine.read()),
  })),
  notices: api.home.notices.handler(({ context: { host } }) => [...host.notices()]),
  dismissNotices: api.home.dismissNotices.handler(({ context: { host } }) => {
    host.dismissNotices();
  }),
};
