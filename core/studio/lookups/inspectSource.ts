/** What an import would find, before anything is kept. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';
import type { DatasetPreview } from '../../../contract/api/datasets/datasetTypes.ts';
import type { Quarantined, Split, SplitCard } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { ValueRangeRule } from '../../../contract/valueRange.ts';
import type { FileTree } from '../../data/sources/fileTree.ts';
import { measureValues } from '../../data/import/measureValues.ts';
import { openSource, scanSource } from '../../data/import/import.ts';
import { ImageNotes } from '../../data/import/imageNotes.ts';
import { decodeEntries } from '../../data/import/importSources.ts';
import { type PictureEntry, SPLIT_ORDER } from '../../data/readers/reader.ts';
import { isArchiveName } from '../../data/readers/registry.ts';
import type { ReaderHandlers } from './requests.ts';
import { previewSamples } from './previewSamples.ts';
import { wideLooks } from './wideLooks.ts';

const SAMPLED = 200;
const PROBLEMS_SHOWN = 200;
/** Bytes of an archive that are worth unpacking twice: now, and when it is imported. */
const MOST_ARCHIVE_BYTES = 2 ** 30;

/**
 * Lists a folder, an archive or a CSV list with its reader and decodes a sample of its pictures.
 * @throws {StudioError} `dataset.…`, `archive.…`
 */
export const inspectSource: ReaderHandlers['inspect'] = async ({
  path,
  scratch,
  layout,
  nested,
  splitNamed,
  list,
  valueRange: rule,
  fractions,
  allowedRoots,
}): Promise<DatasetPreview> => {
  requireSmallArchive(path);
  makeFolderSync(scratch);
  const { found, archive } = await openSource(path, { layout, nested }, scratch, {});
  const scan = scanSource({ found, archive }, { fractions, nested, splitNamed, list, allowedRoots });
  const splits: Partial<Record<Split, SplitCard>> = {};
  const entries: PictureEntry[] = [];
  for (const entry of scan.entries) {
    entries.push(entry);
    const card = (splits[entry.split] ??= {
      count: 0,
      labelled: false,
      perClass: new Array<number>(scan.classIds.length).fill(0),
    });
    card.count++;
    if (entry.label >= 0) {
      card.labelled = true;
      card.perClass[entry.label] = (card.perClass[entry.label] ?? 0) + 1;
    }
  }
  const sample = await decodeSample(found.tree, scan.kind, entries, rule);
  const problems: Quarantined[] = [...(archive?.problems ?? []), ...scan.problems, ...sample.problems];
  return {
    root: archive ? path : found.root,
    layout: found.reader.layout,
    description: found.description,
    classIds: scan.classIds,
    classNames: scan.classNames,
    splits: Object.fromEntries(SPLIT_ORDER.flatMap((split) => (splits[split] ? [[split, splits[split]]] : []))),
    splitRule: scan.splitRule,
    brought: scan.brought,
    list: scan.list ?? null,
    splitNamed: splitNamed === undefined ? [...(scan.splitNamed ?? [])] : [],
    notes: [...(archive?.notes ?? []), ...scan.notes, ...sample.notes],
    problems: problems.slice(0, PROBLEMS_SHOWN),
    problemCount: problems.length,
    sampled: sample.figures,
    wide: sample.wide,
    samples: sample.samples,
  };
};

function requireSmallArchive(path: string): void {
  const bytes = isArchiveName(path) ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : 0;
  if (bytes <= MOST_ARCHIVE_BYTES) return;
  throw new StudioError(
    'archive.notLookedInto',
    `${basename(path)} is ${(bytes / 1e9).toFixed(1)} GB: to look inside it would have to be unpacked as a whole.`,
    {
      remedy: 'Import it as it is: the layout, the classes and all problems are shown when it is done.',
      details: { path, bytes },
    },
  );
}

async function decodeSample(
  tree: FileTree,
  kind: 'files' | 'records',
  entries: readonly PictureEntry[],
  rule: ValueRangeRule | undefined,
): Promise<{
  problems: Quarantined[];
  notes: string[];
  figures: DatasetPreview['sampled'];
  wide: DatasetPreview['wide'];
  samples: DatasetPreview['samples'];
}> {
  const amount = Math.min(SAMPLED, entries.length);
  const chosen = Array.from(
    { length: amount },
    (_, i) => entries[Math.floor(((i + 0.5) * entries.length) / amount)],
  ).filter((entry) => entry !== undefined);
  const problems: Quarantined[] = [];
  const sound: PictureEntry[] = [];
  const sizes = new Map<string, { width: number; height: number; count: number }>();
  const imageNotes = new ImageNotes();
  let grayOnly = amount > 0;
  // As the import does, which measures training images alone.
  const training = kind === 'files' ? chosen.filter(({ split }) => split === 'train') : [];
  const paths = training.map(({ path }) => path);
  const values = rule === undefined ? null : await measureValues(tree, paths);
  const valueRange = rule === undefined ? undefined : values?.range(rule);
  let at = 0;
  for await (const { report } of decodeEntries(tree, kind, chosen, { keepSide: () => null, valueRange })) {
    const entry = chosen[at++];
    if (!report.ok) {
      problems.push({ path: entry?.path ?? '', split: entry?.split ?? null, reason: report.reason });
      continue;
    }
    if (entry) sound.push(entry);
    imageNotes.add(report);
    grayOnly &&= report.sums.gray;
    const key = `${report.width}×${report.height}`;
    const known = sizes.get(key) ?? { width: report.width, height: report.height, count: 0 };
    known.count++;
    sizes.set(key, known);
  }
  const decoded = amount - problems.length;
  const [common] = [...sizes.values()].sort((a, b) => b.count - a.count);
  return {
    problems,
    notes: [...(rule !== undefined && values ? [values.describe(rule)] : []), ...imageNotes.list()],
    wide: await wideLooks(tree, paths),
    samples: await previewSamples(tree, kind, sound, valueRange),
    figures: {
      decoded,
      failed: problems.length,
      grayOnly: grayOnly && decoded > 0,
      commonSize: common && common.count * 2 > decoded ? { width: common.width, height: common.height } : null,
      otherSizes: decoded - (common?.count ?? 0),
    },
  };
}
