/** Pictures of a data set that are the same or nearly so, within and across its splits. */
import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuplicateReport, type DuplicateGroup, type Split } from '../../../contract/dataset.ts';
import { treeOf } from '../archive/storedTree.ts';
import { readIndex, type DatasetIndex } from '../set/datasetIndex.ts';
import { decodePixels, toGray } from '../pictures/decodePicture.ts';
import { decodeFiles } from '../pictures/decodePool.ts';
import { openDataset } from '../set/openDataset.ts';
import { readOverlay, refusedKeys } from '../set/overlay.ts';
import { writeDurableJsonSync } from '../../files/durableFile.ts';
import { forEachNearPair, HASH_SIDE, perceptualHash } from '../pictures/perceptualHash.ts';
import { ProgressMeter } from './progressMeter.ts';
import { SPLIT_ORDER } from '../readers/reader.ts';
import { RecordFiles } from '../sources/records.ts';
import type { OnProgress } from '../../../contract/progress.ts';
import type { OpenDataset, PackKey } from '../types.ts';

export const DUPLICATES_FILE = 'duplicates.json';
/** Bits of 64 in which near-duplicates may differ. */
export const NEAR_BITS = 4;
const KEY: PackKey = { size: HASH_SIDE, color: 'gray', fit: 'squash', interpolation: 'linear' };

type Picture = DuplicateGroup['pictures'][number];

/** Content and looks of one picture; null where it can no longer be read. */
interface Looks {
  readonly sha256: string;
  readonly gray: Uint8Array;
}

/**
 * Compares all pictures of the data set in `datasetDir` and keeps the report there (`duplicates.json`). Pictures that
 * can no longer be read are left out.
 * @throws {StudioError} dataset.notFound, file.damaged, file.diskFull; signal.reason on abort
 */
export async function findDuplicates(
  datasetDir: string,
  env: { readonly onProgress?: OnProgress; readonly signal?: AbortSignal } = {},
): Promise<DuplicateReport> {
  const dataset = await openDataset(datasetDir);
  const index = readIndex(dataset.directory);
  const pictures = listPictures(index);
  const grouping = new Grouping();
  const progress = new ProgressMeter('compare', pictures.length, env.onProgress);
  let at = 0;
  for await (const looks of allLooks(dataset, index, pictures, env.signal)) {
    if (looks !== null) grouping.add(at, looks);
    at += 1;
    progress.update(at);
  }
  env.signal?.throwIfAborted();
  const groups = [...grouping.exact(), ...grouping.near()].map(({ kind, places }) =>
    describe(
      kind,
      places.map((place) => pictures[place]!),
    ),
  );
  groups.sort((a, b) => Number(b.acrossSplits) - Number(a.acrossSplits) || b.pictures.length - a.pictures.length);
  const report: DuplicateReport = {
    version: 1,
    fingerprint: dataset.card.fingerprint,
    createdAt: new Date().toISOString(),
    compared: grouping.compared,
    plain: grouping.plain,
    groups,
    leaked: { val: leakedOf(groups, 'val'), test: leakedOf(groups, 'test') },
  };
  writeDurableJsonSync(join(dataset.directory, DUPLICATES_FILE), report);
  return report;
}

/** The report kept in the folder; null when there is none, or it is of another state of the data set. */
export async function readDuplicates(datasetDir: string): Promise<DuplicateReport | null> {
  const path = join(datasetDir, DUPLICATES_FILE);
  if (!existsSync(path)) return null;
  const { card } = await openDataset(datasetDir);
  const report = DuplicateReport.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  return report.success && report.data.fingerprint === card.fingerprint ? report.data : null;
}

function listPictures(index: DatasetIndex): Picture[] {
  return SPLIT_ORDER.flatMap((split) =>
    (index.splits[split]?.paths ?? []).map((path, place) => ({
      split,
      index: place,
      path,
      label: index.splits[split]?.labels[place] ?? -1,
    })),
  );
}

async function* allLooks(
  dataset: OpenDataset,
  index: DatasetIndex,
  pictures: readonly Picture[],
  signal?: AbortSignal,
): AsyncGenerator<Looks | null, void, undefined> {
  const tree = treeOf(dataset);
  const pathOf = (at: number): string => pictures[at]!.path;
  const refused = refusedKeys(readOverlay(dataset.directory));
  const fileOf = (at: number): string | null =>
    refused.has(`${pictures[at]!.split}/${pathOf(at)}`) ? null : tree.file(pathOf(at));
  if (index.kind === 'files') {
    for await (const { reports, pixels } of decodeFiles(
      { count: pictures.length, pathOf: fileOf },
      () => ({ kind: 'pack', key: { ...KEY, valueRange: dataset.card.valueRange }, hashed: true }),
      signal,
    )) {
      let offset = 0;
      for (const report of reports) {
        yield report.ok ? { sha256: report.sha256!, gray: pixels.subarray(offset, offset + report.pixelBytes) } : null;
        offset += report.ok ? report.pixelBytes : 0;
      }
    }
    return;
  }
  const records = new RecordFiles(tree);
  const gray = new Uint8Array(HASH_SIDE ** 2);
  try {
    for (let at = 0; at < pictures.length; at += 1) {
      signal?.throwIfAborted();
      const record = records.read(pathOf(at));
      const { pixels } = await decodePixels(record, { kind: 'square', ...KEY });
      toGray(pixels, gray);
      yield { sha256: hash('sha256', record.pixels), gray };
    }
  } finally {
    records.close();
  }
}

class Grouping {
  /** Places of the pictures of each content. */
  readonly #contents = new Map<string, number[]>();
  /** Contents of each look, by hash. */
  readonly #looks = new Map<string, { high: number; low: number; contents: string[] }>();
  compared = 0;
  plain = 0;

  add(place: number, { sha256, gray }: Looks): void {
    this.compared += 1;
    const known = this.#contents.get(sha256);
    const looks = perceptualHash(gray);
    if (looks === null) this.plain += 1;
    if (known !== undefined) {
      known.push(place);
      return;
    }
    this.#contents.set(sha256, [place]);
    if (looks === null) return;
    const [high, low] = looks;
    const name = `${high} ${low}`;
    const same = this.#looks.get(name);
    if (same === undefined) this.#looks.set(name, { high, low, contents: [sha256] });
    else same.contents.push(sha256);
  }

  exact(): { kind: 'exact'; places: number[] }[] {
    return [...this.#contents.values()]
      .filter((places) => places.length > 1)
      .map((places) => ({ kind: 'exact', places }));
  }

  /** Pictures connected by steps of `NEAR_BITS` at most; at least two different contents. */
  near(): { kind: 'near'; places: number[] }[] {
    const looks = [...this.#looks.values()];
    const parent = Uint32Array.from(looks, (_, i) => i);
    const rootOf = (i: number): number => {
      let root = i;
      while (parent[root] !== root) {
        parent[root] = parent[parent[root]!]!;
        root = parent[root]!;
      }
      return root;
    };
    forEachNearPair(
      Uint32Array.from(looks, ({ high }) => high),
      Uint32Array.from(looks, ({ low }) => low),
      NEAR_BITS,
      (a, b) => {
        parent[rootOf(b)] = rootOf(a);
      },
    );
    const groups = new Map<number, string[]>();
    looks.forEach(({ contents }, i) => {
      const root = rootOf(i);
      groups.set(root, [...(groups.get(root) ?? []), ...contents]);
    });
    return [...groups.values()]
      .filter((contents) => contents.length > 1)
      .map((contents) => ({
        kind: 'near',
        places: contents.flatMap((sha256) => this.#contents.get(sha256) ?? []).sort((a, b) => a - b),
      }));
  }
}

function describe(kind: DuplicateGroup['kind'], pictures: Picture[]): DuplicateGroup {
  return {
    kind,
    acrossSplits: new Set(pictures.map(({ split }) => split)).size > 1,
    differentLabels: new Set(pictures.map(({ label }) => label).filter((label) => label >= 0)).size > 1,
    pictures,
  };
}

function leakedOf(groups: readonly DuplicateGroup[], split: Split): { exact: number[]; near: number[] } {
  const places = (kind: DuplicateGroup['kind']): number[] =>
    groups
      .filter((group) => group.kind === kind && group.pictures.some((picture) => picture.split === 'train'))
      .flatMap(({ pictures }) => pictures.filter((picture) => picture.split === split).map(({ index }) => index))
      .sort((a, b) => a - b);
  return { exact: places('exact'), near: places('near') };
}
