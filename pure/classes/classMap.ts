/** A user's class map beside the classes that there are. */
import type { ClassMap } from '../../contract/classMap.ts';
import { StudioError } from '../../contract/errors.ts';
import { findClass, type ClassList, type ClassOwners } from './classMatch.ts';

/** The output and the data set's class that are the same. */
export type ClassPair = readonly [output: number, label: number];

/**
 * The map's lines as places in both lists.
 * @throws {StudioError} prediction.classMap, with the line: a class that one of them lacks, one that fits several, or one
 *   that an earlier line means too
 */
export function pairsIn(map: ClassMap, network: ClassList, data: ClassList, owners: ClassOwners): ClassPair[] {
  const [outputs, labels] = [placesIn(map, 'network', network, owners), placesIn(map, 'data', data, owners)];
  return map.pairs.map((_, i) => [outputs[i]!, labels[i]!]);
}

/**
 * The network's classes, those of the map under the name that it gives them.
 * @throws {StudioError} as `pairsIn`
 */
export function renamedBy(map: ClassMap, network: ClassList, owners: Pick<ClassOwners, 'network'>): MappedClasses {
  const places = placesIn(map, 'network', network, { ...owners, data: '' });
  const ids = [...network.ids];
  const names = [...network.names];
  map.pairs.forEach(({ data }, i) => {
    ids[places[i]!] = data;
    names[places[i]!] = data;
  });
  return { classes: { ids, names }, mapped: places };
}

export interface MappedClasses {
  readonly classes: ClassList;
  /** Outputs that the map names, in its order. */
  readonly mapped: readonly number[];
}

/** Whether the map speaks of any of these classes. */
export function speaksOf({ pairs }: ClassMap, network: ClassList): boolean {
  return pairs.some((pair) => typeof findClass(network, pair.network) === 'number');
}

function placesIn({ file, pairs }: ClassMap, side: 'network' | 'data', list: ClassList, owners: ClassOwners): number[] {
  const lines = new Map<number, number>();
  return pairs.map(({ [side]: text, line }) => {
    const place = findClass(list, text);
    if (place === null) throw refused(file, line, `${owners[side]} has no class "${text}"`);
    if (place === 'several') throw refused(file, line, `${owners[side]} has several classes called "${text}"`);
    const earlier = lines.get(place);
    if (earlier !== undefined) throw refused(file, line, `"${text}" is the class of line ${earlier}`);
    lines.set(place, line);
    return place;
  });
}

function refused(file: string, line: number, cause: string): StudioError {
  const said = `${cause.charAt(0).toLowerCase()}${cause.slice(1)}`;
  return new StudioError('prediction.classMap', `Line ${line} of the class map ${file} cannot be used: ${said}.`, {
    remedy: 'Write each class by its id or name, and each one once.',
    details: { file, line },
  });
}
