/** The catalogue on disk: `resources/catalogue`, one file a family or publisher. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CatalogueFile, type CatalogueEntry } from '../../../contract/catalogue.ts';
import { StudioError } from '../../../contract/errors.ts';

/**
 * Every entry, in the files' order.
 * @throws {Error} where a file does not match its schema or two entries have one name: a mistake in the catalogue,
 *   never the user's
 */
export function readCatalogue(folder: string): readonly CatalogueEntry[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  const entries = files.flatMap((name) => {
    const parsed = CatalogueFile.safeParse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    if (!parsed.success) throw new Error(`${name}: ${parsed.error.message}`);
    return parsed.data.entries;
  });
  const names = new Set(entries.map(({ name }) => name));
  if (names.size < entries.length) throw new Error('Two entries of the catalogue have one name.');
  return entries;
}

/**
 * The entry called `name`, whatever its case.
 * @throws {StudioError} input.invalid, with names that begin or end alike
 */
export function findEntry<Kind extends CatalogueEntry['kind']>(
  entries: readonly CatalogueEntry[],
  kind: Kind,
  name: string,
): Extract<CatalogueEntry, { kind: Kind }> {
  const ofKind = entries.filter((entry): entry is Extract<CatalogueEntry, { kind: Kind }> => entry.kind === kind);
  const wanted = name.toLowerCase();
  const entry = ofKind.find((candidate) => candidate.name === wanted);
  if (entry) return entry;
  const network = ofKind.filter((candidate) => candidate.name.startsWith(`${wanted}.`));
  // a network with one published file needs no suffix
  if (network.length === 1) return network[0]!;
  const similar = network.length > 0 ? network : ofKind.filter((candidate) => candidate.name.includes(wanted));
  const what = kind === 'weights' ? 'published weights' : 'published data set';
  throw new StudioError('input.invalid', `The catalogue has no ${what} called "${name}".`, {
    remedy:
      similar.length > 0
        ? `Choose one of ${similar.map((candidate) => candidate.name).join(', ')}.`
        : 'quorum fetch list shows all of them.',
  });
}
