/**
 * The overlay of a data set: pictures left out or given another class, kept beside the import. The user's files and the
 * packed caches stay as they are.
 */
import { hash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetOverlay, type DatasetCard, type OverlayChange, type Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { treeOf } from '../archive/storedTree.ts';
import { readIndex, type DatasetIndex } from './datasetIndex.ts';
import { openDataset } from './openDataset.ts';
import { writeDurableJsonSync } from '../../files/durableFile.ts';
import { SPLIT_ORDER } from '../readers/reader.ts';
import type { OpenDataset, PackedSplit, SplitView } from '../types.ts';

export const OVERLAY_FILE = 'overlay.json';
const NONE: DatasetOverlay = { version: 1, changes: [] };

/**
 * No changes when there is no overlay.
 * @throws {StudioError} file.damaged
 */
export function readOverlay(datasetDir: string): DatasetOverlay {
  const path = join(datasetDir, OVERLAY_FILE);
  if (!existsSync(path)) return NONE;
  try {
    return DatasetOverlay.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new StudioError(
      'file.damaged',
      `The list of changed images ${path} cannot be read ` +
        `(${error instanceof Error ? error.message.split('\n')[0] : String(error)}).`,
      {
        remedy: 'Remove the file to use all images as they were imported.',
        details: { path },
        cause: error,
      },
    );
  }
}

const keyOf = ({ split, path }: Pick<OverlayChange, 'split' | 'path'>): string => `${split}/${path}`;

/**
 * Merges `changes` into the overlay and returns the whole of it. A change that neither excludes nor relabels takes back
 * what was there for its picture; so does a label that is the picture's own.
 * @throws {StudioError} input.invalid: for pictures and classes that there are not, dataset.emptyClass when a class
 *   would be left without training pictures; nothing is changed then
 */
export async function changeOverlay(datasetDir: string, changes: readonly OverlayChange[]): Promise<DatasetOverlay> {
  const merged = new Map(readOverlay(datasetDir).changes.map((change) => [keyOf(change), change]));
  for (const change of changes) merged.set(keyOf(change), change);
  return setOverlay(datasetDir, [...merged.values()]);
}

/** Replaces the overlay by `changes`; none of them removes it. @throws as `changeOverlay` */
export async function setOverlay(datasetDir: string, changes: readonly OverlayChange[]): Promise<DatasetOverlay> {
  const { card, directory } = await openDataset(datasetDir);
  const index = readIndex(directory);
  const overlay: DatasetOverlay = {
    version: 1,
    changes: effective(changes, card, index).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
  };
  requireEveryClass(overlay, card, index);
  const path = join(directory, OVERLAY_FILE);
  if (overlay.changes.length === 0) rmSync(path, { force: true });
  else writeDurableJsonSync(path, overlay);
  return overlay;
}

function effective(changes: readonly OverlayChange[], card: DatasetCard, index: DatasetIndex): OverlayChange[] {
  const places = new Map<Split, Map<string, number>>();
  const placesOf = (split: Split): Map<string, number> => {
    const known = places.get(split) ?? new Map((index.splits[split]?.paths ?? []).map((path, place) => [path, place]));
    places.set(split, known);
    return known;
  };
  return changes.flatMap(({ split, path, exclude, label, refused }) => {
    const place = placesOf(split).get(path);
    if (place === undefined)
      throw new StudioError('input.invalid', `There is no image ${path} in ${split}.`, {
        remedy: 'Give the path as the list of images shows it, and its split.',
        details: { split, path },
      });
    const own = card.classIds[index.splits[split]?.labels[place] ?? -1];
    if (label !== undefined && !card.classIds.includes(label))
      throw new StudioError('input.invalid', `There is no class ${label}.`, {
        remedy: `Classes are ${card.classIds.slice(0, 10).join(', ')}${card.classIds.length > 10 ? ', …' : ''}.`,
        details: { label },
      });
    const relabel = label !== undefined && label !== own ? { label } : {};
    return exclude || relabel.label !== undefined
      ? [{ split, path, exclude, ...relabel, ...(exclude && refused !== undefined && { refused }) }]
      : [];
  });
}

function requireEveryClass(overlay: DatasetOverlay, card: DatasetCard, index: DatasetIndex): void {
  const { paths = [], labels = [] } = index.splits.train ?? {};
  const changed = new Map(
    overlay.changes.filter(({ split }) => split === 'train').map((change) => [change.path, change]),
  );
  if (changed.size === 0) return;
  const left = new Set<string>();
  paths.forEach((path, place) => {
    const change = changed.get(path);
    if (change?.exclude !== true) left.add(change?.label ?? card.classIds[labels[place] ?? -1]!);
  });
  const empty = card.classIds.find((id) => !left.has(id));
  if (empty !== undefined)
    throw new StudioError('dataset.emptyClass', `No training image of the class ${empty} would be left.`, {
      remedy: 'Keep at least one, or import the data set without that class.',
      details: { class: empty },
    });
}

/**
 * Leaves out the picture at the absolute `path`, in every split that has it, for good: nothing that decodes it
 * survives. False when it is none of the data set's.
 * @throws {StudioError} dataset.emptyClass as changeOverlay does
 */
export async function refusePicture(dataset: OpenDataset, path: string, reason: string): Promise<boolean> {
  const { splits } = readIndex(dataset.directory);
  const tree = treeOf(dataset);
  const known = readOverlay(dataset.directory).changes;
  const found = SPLIT_ORDER.flatMap((split) =>
    (splits[split]?.paths ?? []).filter((own) => tree.file(own) === path).map((own) => ({ split, path: own })),
  );
  if (found.length === 0) return false;
  await changeOverlay(
    dataset.directory,
    found.map((picture) => ({
      ...known.find((change) => keyOf(change) === keyOf(picture)),
      ...picture,
      exclude: true,
      refused: reason,
    })),
  );
  return true;
}

/**
 * The overlay as training has it: refused pictures keep their places, so that all others keep theirs (`refusedPlaces`
 * says which not to use).
 */
export function withRefusedInPlace({ version, changes }: DatasetOverlay): DatasetOverlay {
  return {
    version,
    changes: changes.flatMap(({ refused, ...change }) =>
      refused === undefined ? [change] : change.label === undefined ? [] : [{ ...change, exclude: false }],
    ),
  };
}

/** Refused pictures, as `split/path`. */
export function refusedKeys({ changes }: DatasetOverlay): ReadonlySet<string> {
  return new Set(changes.filter(({ refused }) => refused !== undefined).map(keyOf));
}

/** Places in `view` of the pictures that are refused. */
export function refusedPlaces(view: SplitView, name: Split, overlay: DatasetOverlay): ReadonlySet<number> {
  const refused = refusedKeys(overlay);
  const places = new Set<number>();
  if (refused.size > 0)
    for (let i = 0; i < view.length; i += 1)
      if (refused.has(keyOf({ split: name, path: view.pathOf(i) }))) places.add(i);
  return places;
}

/**
 * SHA-256 of the user's changes; null when there are none. A refused picture makes no difference: nothing was ever
 * trained on it.
 */
export function overlayFingerprint(overlay: DatasetOverlay): string | null {
  const { changes } = withRefusedInPlace(overlay);
  return changes.length === 0
    ? null
    : hash(
        'sha256',
        JSON.stringify(changes.map(({ split, path, exclude, label }) => [split, path, exclude, label ?? null])),
      );
}

/**
 * What a run was trained on: the data set's fingerprint, with the overlay's where there is one.
 * @throws {StudioError} file.damaged
 */
export function dataFingerprint({ card, directory }: OpenDataset): string {
  const overlay = overlayFingerprint(readOverlay(directory));
  return overlay === null ? card.fingerprint : hash('sha256', `${card.fingerprint}\n${overlay}`);
}

/** A packed split as the overlay has it. */
export function applyOverlay(
  split: PackedSplit,
  name: Split,
  overlay: DatasetOverlay,
  classIds: readonly string[],
): PackedSplit {
  const view = overlaid(split, name, overlay, classIds);
  return view === null
    ? split
    : {
        ...view,
        bytesPerImage: split.bytesPerImage,
        read: (indices, out) => split.read(Int32Array.from(indices, view.positionOf), out),
      };
}

/**
 * `split` as the overlay has it: pictures in the same order, without the excluded ones, with the new labels; null where
 * nothing is changed.
 */
export function overlaid(
  split: SplitView,
  name: Split,
  { changes }: DatasetOverlay,
  classIds: readonly string[],
): Required<SplitView> | null {
  const changed = new Map(changes.filter((change) => change.split === name).map((change) => [change.path, change]));
  if (changed.size === 0) return null;
  const positions: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < split.length; i += 1) {
    const change = changed.get(split.pathOf(i));
    if (change?.exclude === true) continue;
    positions.push(i);
    labels.push(change?.label === undefined ? split.labels[i]! : classIds.indexOf(change.label));
  }
  const places = Int32Array.from(positions);
  const placeOf = (index: number): number => {
    const place = places[index];
    if (place === undefined) throw new RangeError(`there is no image ${index}; the split has ${places.length}`);
    return place;
  };
  return {
    length: places.length,
    labels: Int32Array.from(labels),
    positionOf: placeOf,
    pathOf: (index) => split.pathOf(placeOf(index)),
  };
}
