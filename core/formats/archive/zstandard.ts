/** Zstandard (RFC 8878) by Node's own zlib, which knows it from 22.15 on. */
import * as zlib from 'node:zlib';
import { unsupported } from './archiveErrors.ts';

/** The first four bytes of a frame. */
export const ZSTD_MAGIC = '28b52ffd';

/** Whether this Node packs and unpacks it. */
export const hasZstandard = typeof zlib.createZstdCompress === 'function';

/** @throws {StudioError} archive.unsupported: this Node does not know it */
export function createZstdUnpacker(): zlib.ZstdDecompress {
  if (!hasZstandard) throw unsupported('it is packed by Zstandard, which needs Node 22.15 or newer');
  return zlib.createZstdDecompress({ chunkSize: 2 ** 16 });
}
