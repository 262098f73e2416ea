/** What a picture file is told apart by, whatever its name and time. */
import { hash } from 'node:crypto';

/** First 48 bits of the SHA-1 of the encoded file: a number that JSON keeps exactly. */
export function contentKeyOf(bytes: Uint8Array): number {
  return hash('sha1', bytes, 'buffer').readUIntBE(0, 6);
}
