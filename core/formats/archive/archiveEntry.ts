/** One entry of an archive, whatever its format. */
export interface ArchiveEntry {
  /** As decoded from the archive; not cleaned. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'symlink' | 'hardlink' | 'special';
  /** Where a link points. */
  readonly target: string;
  readonly modifiedMs: number;
  /** What the headers claim, bytes. */
  readonly sizeBytes: number;
  /** Archive bytes that its content takes; 0 where only the whole archive has such a number. */
  readonly packedBytes: number;
  /**
   * Content in order.
   * @throws {StudioError} EntryProblem where only this entry is spoilt, archive.* errors where the archive is
   */
  content(): AsyncIterable<Uint8Array>;
}

/** An archive being read. */
export interface ArchiveReader {
  entries(): AsyncGenerator<ArchiveEntry, void, undefined>;
  /** Archive bytes read so far, and of how many. */
  progress(): { readonly done: number; readonly total: number };
  /** Things to know that stop nothing; complete when all entries are read. */
  readonly notes: string[];
  close(): void;
}

/** One spoilt entry: it is left out and listed, the rest is used. */
export class EntryProblem extends Error {}

/** Times outside of what file systems take become the earliest one. */
export function sensibleTime(ms: number): number {
  const [earliest, latest] = [Date.UTC(1980, 0, 1), Date.UTC(2100, 0, 1)];
  return ms >= earliest && ms <= latest ? Math.trunc(ms) : earliest;
}
