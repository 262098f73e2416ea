/** Importing a data set: every picture decoded once, measured, and packed on the way where all have one size. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';
import {
  DatasetCard,
  type ImportOptions,
  type LayoutName,
  type Quarantined,
  type Split,
} from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { ValueRange, ValueRangeRule } from '../../../contract/valueRange.ts';
import { ContentKeys } from './contentKeys.ts';
import { CACHE_FOLDER, CARD_FILE, QUARANTINE_FILE, SOURCE_FILE } from '../set/datasetFiles.ts';
import { countsOf, emptyColumns, fingerprintOf, newIndex, writeIndex } from '../set/datasetIndex.ts';
import { syncFolderSync, writeDurableJsonSync } from '../../files/durableFile.ts';
import { type ArchiveLimits, DEFAULT_LIMITS } from '../archive/archiveBudget.ts';
import { unpackArchive, unpackParts, type Unpacked } from '../archive/unpack.ts';
import { STORE_FOLDER, STORE_LIST, StoredTree, type StoreList } from '../archive/storedTree.ts';
import { noteByteNames } from '../sources/byteNames.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { fileError, systemCode } from '../../files/fileErrors.ts';
import { decodeEntries } from './importSources.ts';
import type { PictureReport } from '../pictures/decodeMessages.ts';
import { ImageNotes } from './imageNotes.ts';
import { measureValues } from './measureValues.ts';
import { NativePack } from '../packed/nativePack.ts';
import { packName } from '../packed/packKey.ts';
import type { PackSidecar } from '../packed/packSidecar.ts';
import { ChannelStatistics } from '../pictures/pictureStatistics.ts';
import { ProgressMeter } from './progressMeter.ts';
import { SPLIT_ORDER, type PictureEntry, type Scan } from '../readers/reader.ts';
import { detectIn, detectLayout, isArchiveName, type FoundLayout } from '../readers/registry.ts';
import { SizeStatistics } from './sizeStatistics.ts';
import type { OnProgress } from '../../../contract/progress.ts';

const QUARANTINE_NOTES = 3;
const TEMPORARY_PREFIX = '.importing-';

export interface ImportEnv {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/**
 * Imports the folder, archive or CSV list `options.path` into `datasetDir` (which must not exist yet) as `card.json`,
 * `index.json`, `quarantine.json`, `source.json` and, for pictures of one square size, a packed cache; an archive's
 * files are kept beside them under numbers. Nothing is left behind on failure or abort (then `signal.reason` is
 * thrown): all is written beside and renamed at the end.
 * @throws {StudioError} dataset.* errors of the readers, archive.*, dataset.emptyClass when no picture of a class can
 *   be decoded, file.diskFull, file.noPermission, file.exists
 */
export async function importDataset(
  options: ImportOptions,
  id: string,
  datasetDir: string,
  env: ImportEnv = {},
): Promise<DatasetCard> {
  const target = resolve(datasetDir);
  if (existsSync(target))
    throw new StudioError('file.exists', `${target} exists already.`, {
      remedy: 'Remove that data set first, or import under another id.',
      details: { path: target },
    });
  removeInterrupted(dirname(target));
  const temporary = temporaryFolder(dirname(target), basename(target));
  try {
    rmSync(temporary, { recursive: true, force: true });
    makeFolderSync(join(temporary, CACHE_FOLDER));
    const { found, archive } = await openSource(resolve(options.path), options, temporary, env);
    env.onProgress?.({ stage: 'scan', done: 0, total: 0, perSec: null, secondsLeft: null });
    const scan = scanSource({ found, archive }, options);
    const whole =
      archive === null
        ? scan
        : { ...scan, problems: [...archive.problems, ...scan.problems], notes: [...archive.notes, ...scan.notes] };
    const card = await new Importer(found.tree, whole, temporary, env).run({
      id,
      name: options.name ?? (basename(resolve(options.path)) || id),
      layout: found.reader.layout,
      valueRange: options.valueRange,
    });
    writeDurableJsonSync(join(temporary, SOURCE_FILE), {
      options: { ...options, path: resolve(options.path) },
      detected: found.description,
      ...(found.manifest !== undefined && { manifest: found.manifest }),
    });
    env.signal?.throwIfAborted();
    syncFolderSync(temporary);
    renameSync(temporary, target);
    syncFolderSync(dirname(target));
    return card;
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw fileError(error, target, { doing: 'write' });
  }
}

export interface Source {
  readonly found: FoundLayout;
  readonly archive: Pick<Unpacked, 'problems' | 'notes'> | null;
}

/** A folder beside data sets that a later import removes, should this process die. */
export const temporaryFolder = (datasets: string, name: string): string =>
  join(datasets, `${TEMPORARY_PREFIX}${name}-${process.pid}`);

/** STL-10's unlabelled images, which are left out, are one file of 2.8 GB. */
const LARGE_FILES: Readonly<Partial<Record<LayoutName, Pick<ArchiveLimits, 'fileBytes'>>>> = {
  'stl10-binary': { fileBytes: 4 * 2 ** 30 },
};

/** Recognizes the layout; an archive, or parts of a data set, are unpacked into `directory` (which exists) first. */
export async function openSource(
  path: string,
  { layout, nested, parts }: Pick<ImportOptions, 'layout' | 'nested' | 'parts'>,
  directory: string,
  env: ImportEnv,
): Promise<Source> {
  const isArchive = isArchiveName(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  if (parts === undefined && !isArchive) return { found: detectLayout(path, layout, nested), archive: null };
  const store = join(directory, STORE_FOLDER);
  mkdirSync(store);
  const limits = { ...DEFAULT_LIMITS, ...(layout !== 'auto' && LARGE_FILES[layout]) };
  const { names, problems, notes } =
    parts === undefined
      ? await unpackArchive(path, store, { ...env, limits })
      : await unpackParts(
          parts.map((part) => join(path, part)),
          store,
          { ...env, limits },
        );
  const whole = StoredTree.of(path, store, names);
  const found = withArchiveNotes(notes, () => detectIn(whole, layout, nested));
  const inside = found.tree.root.slice(whole.root.length + 1);
  writeDurableJsonSync(join(directory, STORE_LIST), { version: 1, inside, names } satisfies StoreList);
  return { found, archive: { problems, notes: [`unpacked from ${parts?.join(', ') ?? basename(path)}`, ...notes] } };
}

/** Lists what is in a recognized source. */
export function scanSource(
  { found, archive }: Source,
  options: Pick<ImportOptions, 'fractions' | 'nested' | 'splitNamed' | 'list' | 'allowedRoots'>,
): Scan {
  const { fractions, list, ...rest } = options;
  return withArchiveNotes(archive?.notes ?? [], () =>
    found.reader.scan(found.tree, { ...rest, ...fractions, ...list, manifest: found.manifest }),
  );
}

/** What was wrong with an archive may be why its contents are no data set. */
function withArchiveNotes<T>(notes: readonly string[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    const reason = notes.find((note) => /cut off|were not unpacked/.test(note));
    if (!(error instanceof StudioError) || reason === undefined) throw error;
    const { code, message, remedy, details } = error;
    throw new StudioError(code, `${message} Note that ${reason}.`, {
      remedy: remedy ?? 'Download or copy the archive again.',
      ...(details && { details }),
      cause: error,
    });
  }
}

class Importer {
  readonly #tree: FileTree;
  readonly #scan: Scan;
  readonly #directory: string;
  readonly #env: ImportEnv;
  readonly #entries: readonly PictureEntry[];
  readonly #index;
  readonly #channels = new ChannelStatistics();
  readonly #sizes = new SizeStatistics();
  readonly #quarantine: Quarantined[];
  readonly #trainContents: ContentKeys;
  readonly #imageNotes = new ImageNotes();
  #valueRange: ValueRange | undefined;
  readonly #rangeNotes: string[] = [];
  #repeatedAcrossSplits = 0;
  #grayOnly = true;

  constructor(tree: FileTree, scan: Scan, directory: string, env: ImportEnv) {
    this.#tree = tree;
    this.#scan = scan;
    this.#directory = directory;
    this.#env = env;
    this.#entries = Array.isArray(scan.entries) ? (scan.entries as readonly PictureEntry[]) : [...scan.entries];
    this.#index = newIndex(scan.kind);
    this.#trainContents = new ContentKeys(this.#entries.length);
    this.#quarantine = [...scan.problems];
  }

  /** @throws {StudioError} as `importDataset` */
  async run({
    valueRange,
    ...identity
  }: Pick<DatasetCard, 'id' | 'name' | 'layout'> & Pick<ImportOptions, 'valueRange'>): Promise<DatasetCard> {
    if (valueRange !== undefined) await this.#chooseRange(valueRange);
    const packPath = join(this.#directory, CACHE_FOLDER, 'native.u8');
    const pack = new NativePack(packPath, this.#entries.length);
    try {
      await this.#decodeAll(pack);
      this.#requireUsable();
      this.#addOtherFiles();
      const card = this.#card(identity);
      const summary = pack.finish();
      if (summary !== null && pack.side !== null) {
        const key = {
          size: pack.side,
          color: pack.color,
          fit: 'cover',
          interpolation: 'lanczos3',
          ...(this.#valueRange && { valueRange: this.#valueRange }),
        } as const;
        renameSync(packPath, join(this.#directory, CACHE_FOLDER, `${packName(key)}.u8`));
        const sidecar: PackSidecar = {
          version: 1,
          key,
          fingerprint: card.fingerprint,
          counts: countsOf(this.#index),
          ...summary,
        };
        writeDurableJsonSync(join(this.#directory, CACHE_FOLDER, `${packName(key)}.json`), sidecar);
      }
      writeIndex(this.#directory, this.#index);
      writeDurableJsonSync(join(this.#directory, QUARANTINE_FILE), this.#quarantine);
      writeDurableJsonSync(join(this.#directory, CARD_FILE), card);
      return card;
    } catch (error) {
      pack.discard();
      throw error;
    }
  }

  async #chooseRange(rule: ValueRangeRule): Promise<void> {
    const training = this.#scan.kind === 'records' ? [] : this.#entries.filter(({ split }) => split === 'train');
    const values = await measureValues(
      this.#tree,
      training.map(({ path }) => path),
      this.#env,
    );
    this.#valueRange = values?.range(rule);
    this.#rangeNotes.push(
      values?.describe(rule) ??
        'WARNING: the range of values was not used: no training image has samples wider than a byte',
    );
  }

  async #decodeAll(pack: NativePack): Promise<void> {
    const progress = new ProgressMeter('decode', this.#entries.length, this.#env.onProgress);
    let done = 0;
    for await (const { report, pixels } of decodeEntries(
      this.#tree,
      this.#scan.kind,
      this.#entries,
      { keepSide: () => pack.side, valueRange: this.#valueRange },
      this.#env.signal,
    )) {
      const entry = this.#entries[done]!;
      if (report.ok) {
        this.#take(entry, report);
        pack.add(report.width, report.height, report.sums.gray, pixels);
      } else {
        this.#quarantine.push({ path: entry.path, split: entry.split, reason: report.reason });
        this.#addOther(entry.path, report.sizeBytes, report.modifiedMs);
      }
      done += 1;
      progress.update(done);
    }
  }

  #take({ path, split, label }: PictureEntry, report: Extract<PictureReport, { ok: true }>): void {
    const columns = (this.#index.splits[split] ??= emptyColumns());
    columns.paths.push(path);
    columns.labels.push(label);
    columns.widths.push(report.width);
    columns.heights.push(report.height);
    if (this.#scan.kind === 'files') {
      columns.sizesBytes.push(report.sizeBytes);
      columns.modifiedMs.push(report.modifiedMs);
      columns.contentKeys?.push(report.contentKey);
    }
    this.#imageNotes.add(report);
    this.#sizes.add(report.width, report.height);
    this.#grayOnly &&= report.sums.gray;
    if (split === 'train') {
      this.#channels.add(report.sums);
      this.#trainContents.add(report.contentKey);
    } else if (this.#trainContents.has(report.contentKey)) this.#repeatedAcrossSplits += 1;
  }

  #requireUsable(): void {
    const train = this.#index.splits.train;
    const usable = new Set(train?.labels);
    const empty = this.#scan.classIds.findIndex((_, label) => !usable.has(label));
    if (empty < 0) return;
    const reason = this.#quarantine[0];
    throw new StudioError(
      'dataset.emptyClass',
      `No training image of the class ${this.#scan.classNames[empty]} can be ` +
        `read${reason ? ` (${reason.path}: ${reason.reason})` : ''}.`,
      {
        remedy: /a range of values/.test(reason?.reason ?? '')
          ? 'Import again with a range of values: --value-range percentiles, data, or LOW,HIGH.'
          : 'Replace its images, or remove the class.',
        details: { class: this.#scan.classIds[empty]!, quarantined: this.#quarantine.length },
      },
    );
  }

  #addOther(path: string, sizeBytes: number, modifiedMs: number): void {
    this.#index.otherFiles.paths.push(path);
    this.#index.otherFiles.sizesBytes.push(sizeBytes);
    this.#index.otherFiles.modifiedMs.push(modifiedMs);
  }

  #addOtherFiles(): void {
    for (const path of this.#scan.sourceFiles) {
      const stat = statSync(this.#tree.file(path));
      this.#addOther(path, stat.size, Math.trunc(stat.mtimeMs));
    }
  }

  #card(identity: Pick<DatasetCard, 'id' | 'name' | 'layout'>): DatasetCard {
    const { mean, std } = this.#channels.result();
    return DatasetCard.parse({
      ...identity,
      root: this.#tree.root,
      classIds: this.#scan.classIds,
      classNames: this.#scan.classNames,
      splits: Object.fromEntries(SPLIT_ORDER.flatMap((split) => this.#splitCard(split))),
      splitRule: this.#scan.splitRule,
      ...(this.#valueRange && { valueRange: this.#valueRange }),
      nativeSize: this.#sizes.mostFrequent(),
      sizes: this.#sizes.extremes(),
      grayOnly: this.#grayOnly,
      channelMean: mean,
      channelStd: std,
      quarantined: this.#quarantine.length,
      notes: [...this.#scan.notes, ...this.#ownNotes()],
      fingerprint: fingerprintOf(this.#index),
      createdAt: new Date().toISOString(),
    } satisfies DatasetCard);
  }

  #splitCard(split: Split): [Split, DatasetCard['splits'][Split]][] {
    const labels = this.#index.splits[split]?.labels;
    if (labels === undefined) return [];
    const perClass = this.#scan.classIds.map(() => 0);
    for (const label of labels) if (label >= 0) perClass[label] = (perClass[label] ?? 0) + 1;
    return [[split, { count: labels.length, labelled: labels.every((label) => label >= 0), perClass }]];
  }

  #ownNotes(): string[] {
    const notes = [
      ...this.#rangeNotes,
      ...noteByteNames(SPLIT_ORDER.flatMap((s) => this.#index.splits[s]?.paths ?? [])),
    ];
    if (this.#quarantine.length > 0) {
      const shown = this.#quarantine
        .slice(0, QUARANTINE_NOTES)
        .map(({ path, reason }) => `${path}: ${reason}`)
        .join('; ');
      notes.push(
        `${this.#quarantine.length.toLocaleString('en')} images cannot be used ` +
          `(${shown}${this.#quarantine.length > QUARANTINE_NOTES ? '; …' : ''})`,
      );
    }
    notes.push(...this.#imageNotes.list());
    if (this.#repeatedAcrossSplits > 0)
      notes.push(
        `${this.#repeatedAcrossSplits.toLocaleString('en')} images of val or test are byte for byte also in train`,
      );
    return notes;
  }
}

/** Deletes what imports left behind whose process was killed; the process id ends the folder's name. */
function removeInterrupted(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(TEMPORARY_PREFIX) ? Number(/-(\d+)$/.exec(name)?.[1] ?? NaN) : NaN;
    if (!Number.isNaN(pid) && !isRunning(pid)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}
