/** Imported weights on disk: folders with `card.json` and `weights.safetensors`. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import { channelsOf, type InputSpec } from '../../../contract/inputSpec.ts';
import type { LabelList } from '../../../contract/protocol.ts';
import {
  ImportedWeights,
  KeptSelfCheck,
  MappingReport,
  type WeightsRecord,
} from '../../../contract/weights/weights.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { findByText } from '../records/ids.ts';
import type { StudioPaths } from '../records/paths.ts';

const MAPPING = 'mapping.json';
const CHECK = 'self-check.json';
/** Folders of weights that were removed last; their cards name another folder, so that no list shows them. */
const ASIDE = '.aside-';

/** What a user says of how the weights want their images; left out = unchanged. */
export interface CardChange {
  readonly input?: InputSpec | null;
  readonly labels?: LabelList | null;
}

/** Newest first; folders without a readable card are left out. */
export async function listImported({ weights }: StudioPaths): Promise<ImportedWeights[]> {
  const names = existsSync(weights) ? await readdir(weights) : [];
  const cards: ImportedWeights[] = [];
  for (const name of names) {
    const path = join(weights, name, 'card.json');
    if (!existsSync(path)) continue;
    const parsed = ImportedWeights.safeParse(parseJson(await readFile(path, 'utf8')));
    if (parsed.success && parsed.data.id === name) cards.push(parsed.data);
  }
  return cards.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** By id, name or the beginning of an id. @throws {StudioError} `file.notFound` */
export async function findImported(paths: StudioPaths, text: string): Promise<{ card: ImportedWeights; file: string }> {
  const card = findByText(await listImported(paths), text, 'file.notFound', 'imported weight file called');
  const file = join(paths.weights, card.id, 'weights.safetensors');
  if (!existsSync(file))
    throw new StudioError('file.notFound', `${file} no longer exists.`, { remedy: 'Import the weights again.' });
  return { card, file };
}

/** What lies beside the card; what is not there or cannot be read counts as not known. */
export async function readRecord({ weights }: StudioPaths, id: string): Promise<WeightsRecord> {
  const read = async (name: string): Promise<unknown> => {
    const path = join(weights, id, name);
    return existsSync(path) ? parseJson(await readFile(path, 'utf8')) : null;
  };
  return {
    mapping: MappingReport.safeParse(await read(MAPPING)).data ?? null,
    check: KeptSelfCheck.safeParse(await read(CHECK)).data ?? null,
  };
}

export const keepSelfCheck = ({ weights }: StudioPaths, id: string, check: KeptSelfCheck): Promise<void> =>
  writeDurableFile(join(weights, id, CHECK), JSON.stringify(check), { overwrite: true });

export async function removeImported(paths: StudioPaths, text: string): Promise<ImportedWeights> {
  const { card } = await findImported(paths, text);
  await rm(join(paths.weights, card.id), { recursive: true, force: true });
  return card;
}

/** Out of the list; those set aside before are removed for good. */
export async function setImportedAside(paths: StudioPaths, text: string): Promise<ImportedWeights> {
  const { card } = await findImported(paths, text);
  for (const name of await readdir(paths.weights))
    if (name.startsWith(ASIDE)) await rm(join(paths.weights, name), { recursive: true, force: true });
  await rename(join(paths.weights, card.id), join(paths.weights, `${ASIDE}${card.id}`));
  return card;
}

/** @throws {StudioError} file.notFound: they are gone for good */
export async function restoreImported(paths: StudioPaths, id: string): Promise<ImportedWeights> {
  const aside = join(paths.weights, `${ASIDE}${id}`);
  if (!/^w-[\w-]+$/.test(id) || !existsSync(aside))
    throw new StudioError('file.notFound', 'These weights are gone for good.', { remedy: 'Import them again.' });
  await rename(aside, join(paths.weights, id));
  return (await findImported(paths, id)).card;
}

/** @throws {StudioError} input.invalid: another number of channels */
export async function changeCard(paths: StudioPaths, text: string, change: CardChange): Promise<ImportedWeights> {
  const { card } = await findImported(paths, text);
  const changed: ImportedWeights = { ...card, ...change };
  const channels = changed.input ? channelsOf(changed.input) : card.channels;
  if (channels !== card.channels)
    throw new StudioError('input.invalid', `"${card.name}" takes ${card.channels} channels, not ${channels}.`);
  await writeCard(paths, changed);
  return changed;
}

export function writeCard({ weights }: StudioPaths, card: ImportedWeights): Promise<void> {
  const file = join(weights, card.id, 'card.json');
  return writeDurableFile(file, `${JSON.stringify(card, null, 1)}\n`, { overwrite: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
