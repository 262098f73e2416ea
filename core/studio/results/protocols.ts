/** Evaluation protocols by name: those that come with Quorum, and those that the user made, a file each. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../files/makeFolder.ts';
import { StudioError } from '../../../contract/errors.ts';
import { Protocol, ProtocolEntry, type ResolvedProtocol } from '../../../contract/protocol.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { listProtocols } from '../../evaluate/protocols/namedProtocols.ts';
import { protocolHash } from '../../evaluate/protocols/protocolHash.ts';
import { subsetOf, withoutVariant, withVariant } from '../../evaluate/protocols/variants.ts';
import type { StudioContext } from '../context.ts';
import type { StudioPaths } from '../records/paths.ts';
import { issueWords } from '../../../pure/issueWords.ts';

export interface ProtocolHandlers {
  /**
   * Keeps a protocol under its name for good. The same one again is no error.
   * @throws {StudioError} `input.invalid` for what is no protocol; `file.exists` where the name, or figures under it,
   *   mean another one
   */
  create(protocol: unknown): Promise<ProtocolEntry>;
  /** Quorum's own first, then the user's by name. */
  list(): Promise<ProtocolEntry[]>;
  /** @throws {StudioError} `input.invalid`, with all names */
  show(name: string): Promise<ProtocolEntry>;
  /**
   * Figures measured by it stay, each with the definition.
   * @throws {StudioError} `input.invalid`: for Quorum's own
   */
  remove(name: string): Promise<ProtocolEntry>;
}

const OWN: readonly ProtocolEntry[] = listProtocols().map((protocol) => ({
  protocol,
  hash: protocolHash(protocol),
  createdAt: null,
}));

export function createProtocolHandlers(context: StudioContext): ProtocolHandlers {
  const { paths } = context;
  return {
    list: () => listEntries(paths),
    show: (name) => requireEntry(paths, name),
    create: (protocol) => createProtocol(context, protocol),
    async remove(name) {
      const entry = await requireEntry(paths, name);
      if (entry.createdAt === null)
        throw new StudioError('input.invalid', `Protocol ${entry.protocol.name} comes with Quorum.`, {
          remedy: 'Only your own protocols can be removed.',
        });
      await rm(fileOf(paths, entry.protocol.name), { force: true });
      return entry;
    },
  };
}

function fileOf(paths: StudioPaths, name: string): string {
  return join(paths.protocols, `${name}.json`);
}

async function listEntries(paths: StudioPaths): Promise<ProtocolEntry[]> {
  const names = existsSync(paths.protocols)
    ? (await readdir(paths.protocols)).filter((name) => name.endsWith('.json')).sort()
    : [];
  const stored = await Promise.all(names.map((name) => readEntry(join(paths.protocols, name))));
  return [...OWN, ...stored];
}

async function findEntry(paths: StudioPaths, name: string): Promise<ProtocolEntry | undefined> {
  return (await listEntries(paths)).find(({ protocol }) => protocol.name === name.toLowerCase());
}

/** A name may also be that of another one with the ending of its reading. */
async function requireEntry(paths: StudioPaths, name: string): Promise<ProtocolEntry> {
  const found = await findEntry(paths, name);
  if (found) return found;
  const base = subsetOf(name.toLowerCase());
  const read = base === null ? undefined : await findEntry(paths, base);
  if (read) return subsetEntry(read);
  throw new StudioError('input.invalid', `There is no protocol called "${name}".`, {
    remedy: `There are: ${(await listEntries(paths)).map(({ protocol }) => protocol.name).join(', ')}.`,
  });
}

function subsetEntry({ protocol, createdAt }: ProtocolEntry): ProtocolEntry {
  const read = withVariant(protocol, { reading: 'subset' });
  return { protocol: read, hash: protocolHash(read), createdAt };
}

async function createProtocol({ paths, evaluations }: StudioContext, input: unknown): Promise<ProtocolEntry> {
  const protocol = checkProtocol(input);
  if (withoutVariant(protocol.name) !== protocol.name)
    throw new StudioError('input.invalid', `The end of the name ${protocol.name} is that of a reading.`, {
      remedy: 'Choose another name.',
    });
  const hash = protocolHash(protocol);
  const known = await findEntry(paths, protocol.name);
  if (known?.hash === hash) return known;
  if (known)
    throw new StudioError(
      'file.exists',
      `Protocol ${protocol.name} exists and means something else; a name never changes its meaning.`,
      { remedy: 'Choose another name.' },
    );
  const measured = (await evaluations.list()).find((one) => one.protocol.name === protocol.name);
  if (measured && !sameViews(measured.protocol, protocol))
    throw new StudioError(
      'file.exists',
      `Figures are stored under ${protocol.name} that were measured in another way (evaluation ${measured.id}).`,
      { remedy: 'Choose another name, or remove these evaluations.' },
    );
  const entry: ProtocolEntry = { protocol, hash, createdAt: new Date().toISOString() };
  await makeFolder(paths.protocols);
  await writeDurableFile(fileOf(paths, protocol.name), `${JSON.stringify(entry, null, 1)}\n`);
  return entry;
}

function checkProtocol(input: unknown): Protocol {
  const parsed = Protocol.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StudioError('input.invalid', `This is no protocol: ${parsed.error.issues.map(issueWords).join('; ')}.`, {
    remedy: 'See `quorum protocol create --help`.',
  });
}

async function readEntry(path: string): Promise<ProtocolEntry> {
  try {
    const entry = ProtocolEntry.parse(JSON.parse(await readFile(path, 'utf8')));
    if (protocolHash(entry.protocol) !== entry.hash) throw new Error('it was changed after it was made');
    return entry;
  } catch (error) {
    throw new StudioError(
      'file.damaged',
      `The protocol ${path} cannot be used: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}.`,
      { remedy: 'Remove the file and create the protocol again.', details: { path }, cause: error },
    );
  }
}

/** What a result does not fill in by itself: size, crops and averaging. */
function sameViews(
  { resize, crop, crops, mirror, average, reading, input, labels }: ResolvedProtocol,
  asked: Protocol,
): boolean {
  return (
    protocolHash({
      ...asked,
      resize,
      crop,
      crops,
      mirror,
      average,
      reading,
      input: asked.input && input,
      labels: asked.labels && labels,
    }) === protocolHash(asked)
  );
}
