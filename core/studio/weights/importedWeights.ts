/** Imported weights on disk: folders with `card.json` and `weights.safetensors`. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import { ImportedWeights, KeptSelfCheck, MappingReport, type WeightsRecord } from '../../../contract/weights.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { findByText } from '../records/ids.ts';
import type { StudioPaths } from '../records/paths.ts';

const MAPPING = 'mapping.json';
const CHECK = 'self-check.json';

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

/** By id, name or the beginning of an id. @throws StudioError `file.notFound` */
export async function findImported(paths: StudioPaths, text: string): Promise<{ card: ImportedWeights; file: string }> {
  const card = findByText(await listImported(paths), text, 'file.notFound', 'imported weight file called');
  const file = join(paths.weights, card.id, 'weights.safetensors');
  if (!existsSync(file))
    throw new StudioError('file.notFound', `${file} is gone.`, { remedy: 'Import the weights again.' });
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
