/**
 * HDF5 object headers: the subset that h5py and Keras write by default. A reader of our own, because the C library
 * follows links, external and virtual data sets into other files and allocates what a header claims. Source: HDF5 File
 * Format Specification 3.0.
 */
import { StudioError } from '../../contract/errors.ts';
import { damaged } from './byteSource.ts';
import { Cursor, type RandomAccess } from './randomAccess.ts';

export const UNDEFINED_ADDRESS = 2 ** 64;
const MAX_MESSAGES = 20_000;
const MAX_BLOCKS = 1000;
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;

export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
} as const;

export interface Message {
  readonly type: number;
  /** Bit 1: the content is a reference to a shared message. */
  readonly flags: number;
  readonly offset: number;
  readonly length: number;
}

export function unsupported(path: string, what: string): StudioError {
  return new StudioError('weights.unsupported', `${path}: ${what}.`, {
    remedy: 'Save the weights again with h5py or Keras and their default settings, or as safetensors.',
  });
}

export function expectSignature(cursor: Cursor, signature: string, what: string): void {
  if (Buffer.from(cursor.take(4)).toString('latin1') !== signature)
    throw damaged(cursor.source.path, `${what} is not where it should be.`);
}

/**
 * Address of the root group's object header.
 * @throws {StudioError} weights.damaged (cut file), weights.unsupported
 */
export function readSuperblock(source: RandomAccess): number {
  const { path } = source;
  const cursor = new Cursor(source, 8);
  const version = cursor.byte();
  if (version > 3) throw unsupported(path, `HDF5 superblock version ${version} is unknown`);
  if (version < 2) cursor.skip(4);
  if (cursor.byte() !== 8 || cursor.byte() !== 8) throw unsupported(path, 'it uses other than 64-bit addresses');
  if (version < 2) cursor.skip(version === 0 ? 9 : 13);
  else cursor.skip(1);
  const base = cursor.u64();
  if (base !== 0) throw unsupported(path, 'it starts with a user block');
  cursor.skip(8);
  const end = cursor.u64();
  if (end > source.sizeBytes) throw damaged(path, `it should have ${end} bytes and has ${source.sizeBytes}.`);
  // Versions 0 and 1 keep the root as a symbol table entry behind the driver's address: name offset, then the header's
  // address.
  if (version < 2) cursor.skip(16);
  return cursor.u64();
}

function readVersion1(source: RandomAccess, address: number, messages: Message[], blocks: [number, number][]): void {
  const cursor = new Cursor(source, address);
  cursor.skip(8);
  const length = cursor.u32();
  blocks.push([address + 16, length]);
  for (let i = 0; i < blocks.length; i++) {
    const [start, size] = checkedBlock(source, blocks, i);
    const block = new Cursor(source, start, start + size);
    while (block.remaining >= 8) {
      const type = block.u16();
      const dataLength = block.u16();
      const flags = block.byte();
      block.skip(3);
      addMessage(source, messages, blocks, { type, flags, offset: block.position, length: dataLength }, 0);
      block.skip(dataLength);
    }
  }
}

function readVersion2(source: RandomAccess, address: number, messages: Message[], blocks: [number, number][]): void {
  const cursor = new Cursor(source, address);
  expectSignature(cursor, 'OHDR', 'an object header');
  if (cursor.byte() !== 2) throw unsupported(source.path, 'an object header has an unknown version');
  const headerFlags = cursor.byte();
  if (headerFlags & 0x20) cursor.skip(16);
  if (headerFlags & 0x10) cursor.skip(4);
  let length = 0;
  for (let i = 0; i < 1 << (headerFlags & 3); i++) length += cursor.byte() * 256 ** i;
  blocks.push([cursor.position, length]);
  const prefix = headerFlags & 0x04 ? 6 : 4;
  for (let i = 0; i < blocks.length; i++) {
    const [start, size] = checkedBlock(source, blocks, i);
    const block = new Cursor(source, start, start + size);
    while (block.remaining >= prefix) {
      const type = block.byte();
      const dataLength = block.u16();
      const flags = block.byte();
      if (prefix === 6) block.skip(2);
      addMessage(source, messages, blocks, { type, flags, offset: block.position, length: dataLength }, 4);
      block.skip(dataLength);
    }
  }
}

function checkedBlock(source: RandomAccess, blocks: readonly [number, number][], index: number): [number, number] {
  const [start, size] = blocks[index]!;
  if (blocks.length > MAX_BLOCKS || size > MAX_BLOCK_BYTES)
    throw new StudioError(
      'weights.limit',
      `${source.path}: an object header has ${blocks.length} parts or ${size} bytes.`,
      { remedy: 'Do not use this file.' },
    );
  if (start + size > source.sizeBytes) throw damaged(source.path, 'an object header reaches beyond the file.');
  return [start, size];
}

/** Version 2 frames continuation blocks by a signature before and a checksum after (`frame` bytes each). */
function addMessage(
  source: RandomAccess,
  messages: Message[],
  blocks: [number, number][],
  message: Message,
  frame: number,
): void {
  if (message.type === MESSAGE.continuation) {
    const cursor = new Cursor(source, message.offset, message.offset + message.length);
    const start = cursor.u64();
    blocks.push([start + frame, Math.max(0, cursor.u64() - 2 * frame)]);
    return;
  }
  messages.push(message);
  if (messages.length > MAX_MESSAGES)
    throw new StudioError('weights.limit', `${source.path}: an object has more than ${MAX_MESSAGES} header messages.`, {
      remedy: 'Do not use this file.',
    });
}

/**
 * The messages of the object at `address`.
 * @throws {StudioError} weights.damaged, weights.limit, weights.unsupported
 */
export function readObjectHeader(source: RandomAccess, address: number): Message[] {
  const messages: Message[] = [];
  const first = new Cursor(source, address).byte();
  if (first === 1) readVersion1(source, address, messages, []);
  else if (first === 0x4f) readVersion2(source, address, messages, []);
  else throw damaged(source.path, `there is no object header at byte ${address}.`);
  return messages;
}

/** A cursor over a message's content. */
export function contentOf(source: RandomAccess, message: Message): Cursor {
  if (message.flags & 2) throw unsupported(source.path, 'it shares header messages between objects');
  return new Cursor(source, message.offset, message.offset + message.length);
}
