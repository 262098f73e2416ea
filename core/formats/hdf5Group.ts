/** HDF5 groups (symbol tables, and compact links) and text attributes. Only hard links are followed. */
import { StudioError } from '../../contract/errors.ts';
import { damaged } from './byteSource.ts';
import { readDataspace, readDatatype } from './hdf5Data.ts';
import {
  contentOf,
  expectSignature,
  MESSAGE,
  readObjectHeader,
  UNDEFINED_ADDRESS,
  unsupported,
  type Message,
} from './hdf5Header.ts';
import { Cursor, type RandomAccess } from './randomAccess.ts';

const MAX_OBJECTS = 20_000;
/** A heap's objects are numbered with 16 bits. */
const MAX_HEAP_OBJECTS = 65_536;
const MAX_DEPTH = 32;
const MAX_NAME_BYTES = 1024;
const MAX_ATTRIBUTE_BYTES = 16 * 1024 * 1024;

export interface Hdf5Object {
  readonly path: string;
  readonly messages: readonly Message[];
}

function refuseLink(path: string, name: string, kind: string): StudioError {
  return new StudioError('weights.hostile', `${path}: "${name}" is ${kind}, which may lead to other files.`, {
    remedy: 'Do not use this file, or save the weights again so that all data lies in one file.',
  });
}

function heapText(source: RandomAccess, heap: Cursor, offset: number): string {
  const cursor = new Cursor(source, heap.position + offset, heap.end);
  const bytes: number[] = [];
  for (let byte = cursor.byte(); byte !== 0; byte = cursor.byte()) {
    bytes.push(byte);
    if (bytes.length > MAX_NAME_BYTES) throw damaged(source.path, 'a name has no end.');
  }
  return Buffer.from(bytes).toString('utf8');
}

function localHeap(source: RandomAccess, address: number): Cursor {
  const cursor = new Cursor(source, address);
  expectSignature(cursor, 'HEAP', 'a name heap');
  cursor.skip(4);
  const size = cursor.u64();
  cursor.skip(8);
  const start = cursor.u64();
  return new Cursor(source, start, start + size);
}

type Links = Map<string, number>;

function addLink(source: RandomAccess, links: Links, name: string, address: number): void {
  if (links.has(name)) throw damaged(source.path, `a group holds "${name}" twice.`);
  if (links.size >= MAX_OBJECTS)
    throw new StudioError('weights.limit', `${source.path}: a group has more than ${MAX_OBJECTS} members.`, {
      remedy: 'This is no weight file.',
    });
  links.set(name, address);
}

function readSymbolNode(source: RandomAccess, address: number, heap: Cursor, links: Links): void {
  const cursor = new Cursor(source, address);
  expectSignature(cursor, 'SNOD', 'a group node');
  cursor.skip(2);
  const count = cursor.u16();
  for (let i = 0; i < count; i++) {
    const name = heapText(source, heap, cursor.u64());
    const target = cursor.u64();
    const cache = cursor.u32();
    cursor.skip(20);
    if (cache === 2 || target >= UNDEFINED_ADDRESS) throw refuseLink(source.path, name, 'a soft link');
    addLink(source, links, name, target);
  }
}

/** A version 1 B-tree whose leaves point to group nodes. */
function readGroupTree(
  source: RandomAccess,
  address: number,
  heap: Cursor,
  links: Links,
  visited: Set<number>,
  expectedLevel: number | null,
): void {
  if (visited.has(address) || visited.size > MAX_OBJECTS) throw damaged(source.path, 'a group index runs in a circle.');
  visited.add(address);
  const cursor = new Cursor(source, address);
  expectSignature(cursor, 'TREE', 'a group index');
  if (cursor.byte() !== 0) throw damaged(source.path, 'a group index is of another kind.');
  const level = cursor.byte();
  if (level !== (expectedLevel ?? level)) throw damaged(source.path, 'the levels of a group index are out of order.');
  const count = cursor.u16();
  cursor.skip(16);
  for (let i = 0; i < count; i++) {
    cursor.skip(8);
    const child = cursor.u64();
    if (level > 0) readGroupTree(source, child, heap, links, visited, level - 1);
    else readSymbolNode(source, child, heap, links);
  }
}

function readLinkMessage(source: RandomAccess, cursor: Cursor, links: Links): void {
  cursor.skip(1);
  const flags = cursor.byte();
  const type = flags & 8 ? cursor.byte() : 0;
  if (flags & 4) cursor.skip(8);
  if (flags & 0x10) cursor.skip(1);
  let length = 0;
  for (let i = 0; i < 1 << (flags & 3); i++) length += cursor.byte() * 256 ** i;
  const name = Buffer.from(cursor.take(length)).toString('utf8');
  if (type !== 0)
    throw refuseLink(
      source.path,
      name,
      type === 1 ? 'a soft link' : type === 64 ? 'an external link' : `a link of the unknown kind ${type}`,
    );
  addLink(source, links, name, cursor.u64());
}

/** Members of a group; null where the object is none. */
function readLinks(source: RandomAccess, messages: readonly Message[]): Links | null {
  const links: Links = new Map();
  let isGroup = false;
  for (const message of messages) {
    if (message.type === MESSAGE.symbolTable) {
      const cursor = contentOf(source, message);
      const tree = cursor.u64();
      readGroupTree(source, tree, localHeap(source, cursor.u64()), links, new Set(), null);
      isGroup = true;
    } else if (message.type === MESSAGE.link) {
      readLinkMessage(source, contentOf(source, message), links);
      isGroup = true;
    } else if (message.type === MESSAGE.linkInfo) {
      const cursor = contentOf(source, message);
      cursor.skip(1);
      if (cursor.byte() & 1) cursor.skip(8);
      if (cursor.u64() < UNDEFINED_ADDRESS) throw unsupported(source.path, 'a group uses dense link storage');
      isGroup = true;
    }
  }
  return isGroup ? links : null;
}

/**
 * Every object that is no group, by its path without the leading slash.
 * @throws {StudioError} weights.hostile (links), weights.damaged, weights.limit
 */
export function walkObjects(source: RandomAccess, root: number): { groups: Hdf5Object[]; objects: Hdf5Object[] } {
  const groups: Hdf5Object[] = [];
  const objects: Hdf5Object[] = [];
  const open = new Set<number>();
  const seenGroups = new Set<number>();
  const visit = (address: number, path: string): void => {
    if (open.size > MAX_DEPTH || open.has(address))
      throw new StudioError(
        'weights.hostile',
        `${source.path}: the group "${path.slice(0, 120)}" contains itself or is nested too deep.`,
        { remedy: 'Do not use this file.' },
      );
    if (groups.length + objects.length >= MAX_OBJECTS)
      throw new StudioError('weights.limit', `${source.path} holds more than ${MAX_OBJECTS} objects.`, {
        remedy: 'This is no weight file.',
      });
    const messages = readObjectHeader(source, address);
    const links = readLinks(source, messages);
    if (!links) {
      objects.push({ path, messages });
      return;
    }
    // A group reached twice could be reached again from within, and again: the paths multiply.
    if (seenGroups.has(address)) throw unsupported(source.path, `the group "${path.slice(0, 120)}" has a second name`);
    seenGroups.add(address);
    groups.push({ path, messages });
    open.add(address);
    for (const [name, target] of links) visit(target, path === '' ? name : `${path}/${name}`);
    open.delete(address);
  };
  visit(root, '');
  return { groups, objects };
}

function globalHeapText(source: RandomAccess, reference: Cursor): string {
  const length = reference.u32();
  const address = reference.u64();
  const index = reference.u32();
  if (address === 0 || length === 0) return '';
  const header = new Cursor(source, address);
  expectSignature(header, 'GCOL', 'a text heap');
  header.skip(4);
  const heap = new Cursor(source, header.position + 8, address + header.u64());
  for (let objects = 0; heap.remaining >= 16 && objects < MAX_HEAP_OBJECTS; objects++) {
    const found = heap.u16();
    heap.skip(6);
    const size = heap.u64();
    if (found === 0) break;
    if (found === index) {
      if (Math.min(length, size) > MAX_ATTRIBUTE_BYTES)
        throw new StudioError('weights.limit', `${source.path}: an attribute has ${size} bytes.`, {
          remedy: 'Do not use this file.',
        });
      return Buffer.from(heap.take(Math.min(length, size))).toString('utf8');
    }
    heap.skip(Math.ceil(size / 8) * 8);
  }
  throw damaged(source.path, 'an attribute points to text that is not there.');
}

/** A single text attribute of an object; null where there is none of this name, or it is no text. */
export function readTextAttribute(source: RandomAccess, messages: readonly Message[], name: string): string | null {
  for (const message of messages) {
    if (message.type !== MESSAGE.attribute || message.flags & 2) continue;
    const cursor = contentOf(source, message);
    const version = cursor.byte();
    if (version < 1 || version > 3) throw unsupported(source.path, `an attribute has the unknown version ${version}`);
    cursor.skip(1);
    const [nameLength, typeLength, spaceLength] = [cursor.u16(), cursor.u16(), cursor.u16()];
    if (version === 3) cursor.skip(1);
    const step = (length: number): number => (version === 1 ? Math.ceil(length / 8) * 8 : length);
    const found = Buffer.from(cursor.take(nameLength)).toString('utf8').replace(/\0.*$/s, '');
    cursor.skip(step(nameLength) - nameLength);
    if (found !== name) continue;
    const type = readDatatype(new Cursor(source, cursor.position, Math.min(cursor.end, cursor.position + typeLength)));
    cursor.skip(step(typeLength));
    const shape = readDataspace(
      new Cursor(source, cursor.position, Math.min(cursor.end, cursor.position + spaceLength)),
    );
    cursor.skip(step(spaceLength));
    if (shape.some((size) => size !== 1)) return null;
    if (type.kind === 'text') return Buffer.from(cursor.take(type.sizeBytes)).toString('utf8').replace(/\0.*$/s, '');
    return type.kind === 'longText' ? globalHeapText(source, cursor) : null;
  }
  return null;
}
