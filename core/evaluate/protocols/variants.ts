/**
 * What can be asked of any protocol besides its views: which outputs compete, and which classes are the same. Each gives
 * the protocol a name of its own, so that figures of two of them never meet under one.
 */
import type { ClassMap } from '../../../contract/classMap.ts';
import type { Protocol, Reading } from '../../../contract/protocol.ts';
import { classMapHash } from './protocolHash.ts';

export interface ProtocolVariant {
  readonly reading?: Reading | undefined;
  readonly classMap?: ClassMap | undefined;
}

const SUBSET = '.subset';
const MAP = /\.map-[0-9a-f]{8}$/;
const HASH_DIGITS = 8;

/** The protocol as it is for neither; a reading or a map that the protocol has already stays. */
export function withVariant(protocol: Protocol, { reading, classMap }: ProtocolVariant): Protocol {
  return withClassMap(reading === 'subset' ? withSubset(protocol) : protocol, classMap);
}

function withSubset(protocol: Protocol): Protocol {
  if (protocol.reading === 'subset') return protocol;
  return {
    ...protocol,
    name: `${protocol.name}${SUBSET}`,
    title: `${protocol.title}; decided among the data set's classes alone`,
    reading: 'subset',
  };
}

function withClassMap(protocol: Protocol, classMap: ClassMap | undefined): Protocol {
  if (!classMap || protocol.classMap) return protocol;
  return {
    ...protocol,
    name: `${protocol.name}.map-${classMapHash(classMap).slice(0, HASH_DIGITS)}`,
    title: `${protocol.title}; classes by ${classMap.file}`,
    classMap,
  };
}

/** The name without what `withVariant` put in. */
export function withoutVariant(name: string): string {
  const unmapped = name.replace(MAP, '');
  return unmapped.endsWith(SUBSET) ? unmapped.slice(0, -SUBSET.length) : unmapped;
}

/** Name of the protocol whose reading of a subset this is the name of; null where it is none. */
export function subsetOf(name: string): string | null {
  return name.endsWith(SUBSET) ? name.slice(0, -SUBSET.length) : null;
}
