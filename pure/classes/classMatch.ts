/**
 * Which classes of a network and of a data set are the same: told by id and by name, never by their place in a list.
 */
import { StudioError } from '../../contract/errors.ts';
import { plural } from '../plural.ts';

/** Classes in their order: of a network's outputs, or of a data set's labels. */
export interface ClassList {
  readonly ids: readonly string[];
  readonly names: readonly string[];
}

export interface ClassMatch {
  /**
   * Entry c: the network's output for the data set's class c; −1 where it has none. Maps a label of the data set to one
   * of the network.
   */
  readonly outputOf: readonly number[];
  /** Classes that both have. */
  readonly common: number;
  /** Outputs for classes that the data set lacks. */
  readonly onlyNetwork: readonly number[];
  /** The data set's classes that the network has no output for. */
  readonly onlyData: readonly number[];
  /** Whether both have the same classes in the same order. */
  readonly sameOrder: boolean;
}

/** Whose classes they are, for messages. */
export interface ClassOwners {
  /** "Run rot", "The weights vgg.npy". */
  readonly network: string;
  /** `Data set "bylist"`. */
  readonly data: string;
}

/** Classes named in a message. */
const SHOWN = 5;
const NUMBER = /^\d+$/;

/** Spellings that look the same are the same: one way to write an accent, no blanks around. */
function plain(text: string): string {
  return text.normalize('NFC').trim();
}

function caseless(text: string): string {
  return plain(text).toLowerCase();
}

/** What a class may be known by in one of the passes below, most telling first. */
type Keys = (list: ClassList, place: number) => readonly string[];

const byId: Keys = ({ ids }, place) => [plain(ids[place]!)];
const byName: Keys = ({ ids, names }, place) => [plain(names[place] ?? ids[place]!)];
const byIdOrName: Keys = ({ ids, names }, place) => [plain(ids[place]!), plain(names[place] ?? ids[place]!)];
const ignoringCase: Keys = ({ ids, names }, place) => [caseless(ids[place]!), caseless(names[place] ?? ids[place]!)];
const PASSES: readonly Keys[] = [byId, byIdOrName, ignoringCase];

/** A number is an id only as long as the names say nothing else: readers number classes of files that hold no ids. */
function contradicts(network: ClassList, output: number, data: ClassList, label: number): boolean {
  const id = plain(network.ids[output]!);
  if (!NUMBER.test(id) || id !== plain(data.ids[label]!)) return false;
  const [one, other] = [caseless(network.names[output] ?? id), caseless(data.names[label] ?? id)];
  return one !== id && other !== id && one !== other;
}

/** Places by key, among those not matched yet; null where a key belongs to more than one. */
function placesByKey(list: ClassList, keys: Keys, open: ReadonlySet<number>): Map<string, number | null> {
  const places = new Map<string, number | null>();
  for (const place of open) {
    for (const key of new Set(keys(list, place))) places.set(key, places.has(key) ? null : place);
  }
  return places;
}

/**
 * The class that `text` is the id of, or else the name, or either ignoring case; `several` where it is that of more than
 * one, null where of none.
 */
export function findClass(list: ClassList, text: string): number | 'several' | null {
  const all = new Set(list.ids.keys());
  for (const keys of [byId, byName, ignoringCase]) {
    const found = placesByKey(list, keys, all).get(keys === ignoringCase ? caseless(text) : plain(text));
    if (found !== undefined) return found ?? 'several';
  }
  return null;
}

/**
 * Matches each of the data set's classes to at most one output: first equal ids, then the id or name of one with the id
 * or name of the other, then the same ignoring case. Texts are compared after Unicode's NFC and without blanks at their
 * ends. A key that several unmatched classes of one side share decides nothing.
 * @param said pairs of output and class that are the same whatever they are called
 */
export function matchClasses(
  network: ClassList,
  data: ClassList,
  said: readonly (readonly [output: number, label: number])[] = [],
): ClassMatch {
  const outputOf = data.ids.map(() => -1);
  const outputs = new Set(network.ids.keys());
  const labels = new Set(data.ids.keys());
  for (const [output, label] of said) {
    outputOf[label] = output;
    outputs.delete(output);
    labels.delete(label);
  }
  for (const keys of PASSES) {
    const known = placesByKey(network, keys, outputs);
    const wanted = placesByKey(data, keys, labels);
    for (const label of [...labels]) {
      for (const key of keys(data, label)) {
        const output = known.get(key) ?? -1;
        if (wanted.get(key) !== label || !outputs.has(output)) continue;
        if (contradicts(network, output, data, label)) continue;
        outputOf[label] = output;
        outputs.delete(output);
        labels.delete(label);
        break;
      }
    }
  }
  return {
    outputOf,
    common: data.ids.length - labels.size,
    onlyNetwork: [...outputs],
    onlyData: [...labels],
    sameOrder: outputs.size === 0 && outputOf.every((output, label) => output === label),
  };
}

function listed(places: readonly number[], { ids, names }: ClassList): string {
  const shown = places.slice(0, SHOWN).map((place) => names[place] ?? ids[place]!);
  return shown.join(', ') + (places.length > SHOWN ? ` and ${places.length - SHOWN} more` : '');
}

/**
 * `matchClasses`, which must find something.
 * @throws {StudioError} prediction.classMismatch: the two have no class in common
 */
export function requireCommonClasses(
  network: ClassList,
  data: ClassList,
  owners: ClassOwners,
  said: Parameters<typeof matchClasses>[2] = [],
): ClassMatch {
  const match = matchClasses(network, data, said);
  if (match.common > 0) return match;
  const [known, wanted] = [listed([...network.ids.keys()], network), listed([...data.ids.keys()], data)];
  throw new StudioError(
    'prediction.classMismatch',
    `${owners.network} and ${owners.data} have no class in common: ${known} in one, ${wanted} in the other.`,
    {
      remedy:
        'Classes are compared by id and by name. Choose images of the classes it was trained on, or give them as ' +
        'a folder to predict without labels.',
    },
  );
}

/** What a user must know of a match: nothing where the classes are the same in the same order. */
export function describeMatch(match: ClassMatch, network: ClassList, data: ClassList, owners: ClassOwners): string[] {
  const { common, onlyNetwork, onlyData, sameOrder } = match;
  if (sameOrder) return [];
  if (onlyNetwork.length === 0 && onlyData.length === 0)
    return [`${owners.data} lists the classes in another order; they are matched by id and name.`];
  const notes = [`${plural(common, 'class', 'classes')} matched by id and name.`];
  if (onlyNetwork.length > 0)
    notes.push(
      `${owners.data} lacks ${plural(onlyNetwork.length, 'class', 'classes')}: ${listed(onlyNetwork, network)}.`,
    );
  if (onlyData.length > 0) {
    const classes = plural(onlyData.length, 'class', 'classes');
    notes.push(
      `${owners.network} does not know ${classes}: ${listed(onlyData, data)}. Their images count as unlabelled.`,
    );
  }
  return notes;
}

/** One list for several networks: the first one's classes, then those that only later ones have. */
export interface ClassUnion {
  readonly classes: ClassList;
  /** For each list: the place there of each class of the union; −1 where it lacks it. */
  readonly places: readonly (readonly number[])[];
}

/** Brings the classes of several networks together, as `matchClasses` does for two. */
export function uniteClasses(lists: readonly ClassList[]): ClassUnion {
  const ids: string[] = [];
  const names: string[] = [];
  const unionOf = lists.map((list) => {
    const { outputOf } = matchClasses({ ids, names }, list);
    return outputOf.map((place, own) => {
      if (place >= 0) return place;
      names.push(list.names[own] ?? list.ids[own]!);
      return ids.push(list.ids[own]!) - 1;
    });
  });
  const places = unionOf.map((union) => {
    const own = ids.map(() => -1);
    union.forEach((place, at) => {
      own[place] = at;
    });
    return own;
  });
  return { classes: { ids, names }, places };
}
