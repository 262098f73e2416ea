/** A file on somebody's server, and how we know that what arrives is that file. */
import { z } from 'zod';

const HEX = /^[0-9a-f]+$/;

export const Sha256 = z.object({ kind: z.literal('sha256'), hex: z.string().length(64).regex(HEX) });

/**
 * What the publisher says about the bytes. `sha256Prefix` is the beginning of the hash, as torchvision puts it into a
 * file's name; `none` says why there is nothing to check against, so that nobody takes an unchecked file for a checked
 * one.
 */
export const ExpectedHash = z.discriminatedUnion('kind', [
  Sha256,
  z.object({ kind: z.literal('sha256Prefix'), hex: z.string().min(8).max(63).regex(HEX) }),
  z.object({ kind: z.literal('md5'), hex: z.string().length(32).regex(HEX) }),
  z.object({ kind: z.literal('none'), reason: z.string().min(1) }),
]);
export type ExpectedHash = z.infer<typeof ExpectedHash>;

/** A file name that stays in the folder it is put into, on every system. */
export const FileName = z
  .string()
  .max(200)
  .regex(/^\w[\w.+-]*$/)
  .refine((name) => !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name), { error: 'A name that Windows reserves.' });

export const RemoteFile = z.object({
  name: FileName,
  /** Tried in order; each must give the same bytes. */
  addresses: z.array(z.url({ protocol: /^https?$/ })).min(1),
  /** Null where the publisher does not say. */
  sizeBytes: z.int().positive().nullable(),
  hash: ExpectedHash,
});
export type RemoteFile = z.infer<typeof RemoteFile>;
