/** How files come over the network: through the user's proxy, and from the user's mirror before anywhere else. */
import { NetworkSettings } from '../../../contract/api/settings.ts';
import type { CatalogueEntry } from '../../../contract/catalogue.ts';
import type { RemoteFile } from '../../../contract/remoteFile.ts';
import type { FetchedFile } from '../../fetch/fetchFile.ts';
import { createFetcher, type FetchCall, type Fetcher } from '../../fetch/fetcher.ts';
import { createHttpClient } from '../../fetch/httpClient.ts';
import type { StudioContext } from '../context.ts';
import { STUDIO_SETTINGS } from '../../db/settingsRepository.ts';

export interface Download extends FetchCall {
  readonly entry: Pick<CatalogueEntry, 'name'>;
  readonly file: RemoteFile;
  readonly folder: string;
  /** Count before the user's settings. */
  readonly network?: Partial<NetworkSettings>;
}

export class Downloads {
  readonly #settings: StudioContext['settings'];
  /** By proxy; those who ask for one file through one of them share its download. */
  readonly #fetchers = new Map<string | null, Fetcher>();

  constructor({ settings }: Pick<StudioContext, 'settings'>) {
    this.#settings = settings;
  }

  /** @throws {StudioError} as `fetchFile` */
  async fetch({ entry, file, folder, network, ...call }: Download): Promise<FetchedFile> {
    const { proxy, mirror } = { ...(await this.#settings.read(STUDIO_SETTINGS, NetworkSettings)), ...network };
    return this.#fetcher(proxy).fetch(fromMirror(mirror, entry, file), folder, call);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#fetchers.values()].map((fetcher) => fetcher.close()));
  }

  #fetcher(proxy: string | null): Fetcher {
    const known = this.#fetchers.get(proxy);
    if (known) return known;
    const fetcher = createFetcher(createHttpClient(proxy));
    this.#fetchers.set(proxy, fetcher);
    return fetcher;
  }
}

/**
 * A mirror has the files as the folder `fetched` of a data folder does: a folder for each entry. A file without a hash is
 * not taken from there, as nothing would prove that it is the publisher's.
 */
function fromMirror(mirror: string | null, { name }: Pick<CatalogueEntry, 'name'>, file: RemoteFile): RemoteFile {
  if (mirror === null || file.hash.kind === 'none') return file;
  const base = mirror.endsWith('/') ? mirror : `${mirror}/`;
  return { ...file, addresses: [new URL(`${name}/${file.name}`, base).href, ...file.addresses] };
}
