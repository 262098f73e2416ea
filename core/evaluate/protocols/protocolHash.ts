/** What a protocol is, whatever it is called. */
import { hash } from 'node:crypto';
import type { ClassMap } from '../../../contract/classMap.ts';
import type { Protocol } from '../../../contract/protocol.ts';

/** SHA-256 of everything but name and title, and of a class map but its file and line numbers. */
export function protocolHash({ name: _name, title: _title, resize, classMap, ...definition }: Protocol): string {
  return hash(
    'sha256',
    JSON.stringify(
      sorted({ ...definition, resize: hashedResize(resize), ...(classMap && { classMap: classMapHash(classMap) }) }),
    ),
  );
}

/** Of the classes alone, in whichever order they are listed. */
export function classMapHash({ pairs }: ClassMap): string {
  return hash('sha256', JSON.stringify(pairs.map(({ network, data }) => [network, data]).sort()));
}

/** A packed cache's interpolation is hashed under its first name, so that a protocol keeps its hash. */
function hashedResize(resize: Protocol['resize']): object {
  if (resize.kind !== 'packed') return resize;
  const { interpolation: kernel, ...rest } = resize;
  return { ...rest, kernel };
}

/** The same value with the keys of every object in order, so that equal definitions are equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
