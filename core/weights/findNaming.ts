/**
 * Which of the known namings a file uses for a network, in which of its parts, and which of its tensors are the
 * network's weights.
 */
import { StudioError } from '../../contract/errors.ts';
import type { TensorRename } from '../../contract/weights/tensorRename.ts';
import type { WeightFile } from '../formats/weightFile.ts';
import { describeNetwork, type LayerRow } from '../models/describe.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import type { WeightSpec } from '../models/weightSpecs.ts';
import { findHead } from './findHead.ts';
import { layerOf, type Match, matchNames } from './matchNames.ts';
import { attentionMaps } from './nameMaps/attention.ts';
import { caffeMaps } from './nameMaps/caffe.ts';
import { denseMaps } from './nameMaps/dense.ts';
import { dpnMaps } from './nameMaps/dpn.ts';
import { sameNames } from './nameMaps/generic.ts';
import { inceptionMaps } from './nameMaps/inception.ts';
import { mobileMaps } from './nameMaps/mobile.ts';
import type { NameMap } from './nameMaps/nameMap.ts';
import { residualMaps } from './nameMaps/residual.ts';
import { vggMaps } from './nameMaps/vgg.ts';
import { xceptionMaps } from './nameMaps/xception.ts';
import { type NameView, plainView, renamedView, wrappedViews } from './nameViews.ts';

/** Own names first: a file of ours needs no translation. */
const NAME_MAPS: readonly NameMap[] = [
  sameNames,
  ...vggMaps,
  ...residualMaps,
  ...inceptionMaps,
  ...xceptionMaps,
  ...dpnMaps,
  ...mobileMaps,
  ...denseMaps,
  ...attentionMaps,
  ...caffeMaps,
];
/** Copies that training keeps of its weights: averages over time. */
const AVERAGED = /(^|[._/])(ema|averaged|shadow|momentum|encoder_k|key_encoder|target)([._/]|$)/i;
const OPTIMIZER_STATE = /(^|\.)(exp_avg(_sq)?|momentum_buffer|square_avg|max_exp_avg_sq|exp_inf)$/;
const SHOWN = 20;
/** How a user reads a file whose names do not tell what it is. */
export interface NameChoices {
  /** Parts of the file's names to be read as others. */
  readonly renames?: readonly TensorRename[];
  /** Take weights that fit by shapes, though their names are another network's. */
  readonly insist?: boolean;
}

/** In the details of the error for weights that a user may insist on. */
const MAY_INSIST = 'mayInsist';
/** In the details of the error for a file whose names no naming knows. */
export const NOTHING_FITS = 'nothingFits';

export interface Naming {
  readonly map: NameMap;
  /** The one that says how published weights of these names are fed. */
  readonly informed: NameMap;
  readonly matches: readonly Match[];
  /** What was taken off and what was passed over, one sentence each. */
  readonly notes: readonly string[];
}

interface Candidate {
  readonly map: NameMap;
  readonly matches: readonly Match[];
}

/** What one view of the file gives: every naming, the one that finds most first. */
interface Reading {
  readonly view: NameView;
  readonly candidates: readonly Candidate[];
  readonly found: number;
}

/**
 * @throws {StudioError} weights.mismatch: no tensor's name fits (the message shows what the file holds), the weights
 * are another network's by their names, or several
 * networks lie side by side and nothing tells which is meant
 */
export function findNaming(
  file: WeightFile,
  model: Model,
  shape: NetworkShape,
  { renames = [], insist = false }: NameChoices = {},
): Naming {
  const { layers, weights } = describeNetwork(model, shape);
  const maps = NAME_MAPS.filter(
    ({ family, formats }) => (family === null || family === model.family) && (formats?.includes(file.format) ?? true),
  );
  const whole = renamedView(plainView(file.tensors), renames);
  const { reading, notes } = bestReading(file, model, whole, weights.length, (view) =>
    readAs(view, maps, layers, weights),
  );
  const [best] = reading.candidates as readonly [Candidate, ...Candidate[]];
  if (best.matches.length === 0) throw nothingFits(file, model);
  const equal = reading.candidates.filter(({ matches }) => matches.length === best.matches.length);
  const other = otherNetwork(file, model, equal, layers);
  if (other !== null && !insist) throw refused(file, model, other);
  const named = ownNames(whole, best.matches, weights);
  const head = findHead(whole, [...best.matches, ...named], layers, weights);
  // A network of the very same names gets its preprocessing from the map that says more, where one matches as well.
  const said = equal.find(
    ({ map }) => (map.preprocessing !== null || map.formats !== undefined) && file.format !== 'safetensors',
  );
  // A file of ours has our words for the kinds of weights too; where it has not, somebody's naming is the same as ours.
  const isOurs = best.matches.every(({ spec, foreignName }) => foreignName === spec.name);
  const informed = said ?? (isOurs ? best : equal.find(({ map }) => map.family !== null));
  return {
    map: best.map,
    informed: (informed ?? best).map,
    matches: [...best.matches, ...named, ...head.matches],
    notes: [
      ...notes,
      ...head.notes,
      ...(other === null ? [] : [`${other} They were taken all the same, as you said.`]),
    ],
  };
}

/** Weights that the naming did not find and that stand under our own names: a user's renaming put them there. */
function ownNames(
  { tensors, nameInFile }: NameView,
  matches: readonly Match[],
  weights: readonly WeightSpec[],
): Match[] {
  const found = new Set(matches.map(({ spec }) => spec.name));
  return weights.flatMap((spec): Match[] => {
    const tensor = found.has(spec.name) ? undefined : tensors.get(spec.name);
    if (!tensor) return [];
    return [
      { spec, foreignName: nameInFile.get(spec.name)!, foreignLayer: layerOf(spec), tensor, grid: null, part: null },
    ];
  });
}

function readAs(
  view: NameView,
  maps: readonly NameMap[],
  layers: readonly LayerRow[],
  weights: readonly WeightSpec[],
): Reading {
  const candidates = maps.map((map) => ({ map, matches: matchNames(view, map, layers, weights) }));
  // The first map wins a tie, as sort is stable.
  candidates.sort((a, b) => b.matches.length - a.matches.length);
  return { view, candidates, found: candidates[0]?.matches.length ?? 0 };
}

/** The file as it is, unless a wrapper's prefix hides most of the network. */
function bestReading(
  file: WeightFile,
  model: Model,
  whole: NameView,
  wanted: number,
  read: (view: NameView) => Reading,
): { readonly reading: Reading; readonly notes: readonly string[] } {
  const plain = read(whole);
  if (plain.found === wanted) return { reading: plain, notes: [] };
  const wrapped = wrappedViews(whole).map(read);
  const most = Math.max(...wrapped.map(({ found }) => found), 0);
  // A part of another network can look like a small part of this one.
  if (most <= plain.found || most <= wanted / 2) return { reading: plain, notes: [] };
  const equal = wrapped.filter(({ found }) => found === most);
  const trained = equal.filter(({ view: { prefix } }) => !AVERAGED.test(prefix));
  const [only, other] = trained.length > 0 ? trained : equal;
  const name = ({ view: { prefix } }: Reading): string => `"${prefix.slice(0, -1)}"`;
  if (!only || other)
    throw new StudioError(
      'weights.mismatch',
      `${file.path} holds weights of ${model.name} more than once: under ${equal.map(name).sort().join(', ')}.`,
      {
        remedy: 'Say which to take: --entry with one of these names.',
        details: { parts: equal.map(({ view: { prefix } }) => prefix.slice(0, -1)).sort() },
      },
    );
  const rest = equal.filter((one) => one !== only);
  const notes = [`The prefix "${only.view.prefix}" of a wrapped network was taken off.`];
  if (rest.length > 0)
    notes.push(
      `It also holds weights under ${rest.map(name).join(', ')} (a moving average); name the entry to use them.`,
    );
  return { reading: only, notes };
}

function describeTensors(file: WeightFile): string {
  const rows = [...file.tensors]
    .slice(0, SHOWN)
    .map(([name, { shape }]) => `${name.slice(0, 120)} [${shape.join(', ')}]`);
  return rows.join('; ') + (file.tensors.size > SHOWN ? `; and ${file.tensors.size - SHOWN} more` : '');
}

function nothingFits(file: WeightFile, model: Model): StudioError {
  const names = [...file.tensors.keys()];
  if (names.length > 0 && names.every((name) => OPTIMIZER_STATE.test(name) || /(^|\.)step$/.test(name)))
    return new StudioError('weights.mismatch', `${file.path} holds the state of an optimizer and no weights.`, {
      remedy: 'Choose the file that the weights were saved in; it is often called model or checkpoint.',
    });
  return new StudioError(
    'weights.mismatch',
    `${file.path} holds no weights of ${model.name}. It holds ${describeTensors(file)}.`,
    {
      remedy:
        'Choose weights of this network, or the network these weights belong to; --rename FROM=TO maps names that ' +
        'are not known.',
      details: { [NOTHING_FITS]: true },
    },
  );
}

/** Why names and shapes belong to a network that computes something else; null where they do not. */
function otherNetwork(
  file: WeightFile,
  model: Model,
  candidates: readonly Candidate[],
  layers: readonly LayerRow[],
): string | null {
  const reasons = candidates.map(({ map }) => map.refuses?.(model, layers) ?? null);
  const reason = reasons.find((one) => one !== null);
  // One naming that is the network's own is enough; its own names in a file of Caffe's are not told apart from Caffe's.
  return reason === undefined || (file.format !== 'caffemodel' && reasons.includes(null)) ? null : reason;
}

function refused(file: WeightFile, model: Model, reason: string): StudioError {
  return new StudioError('weights.mismatch', `${file.path} fits ${model.name} by shapes alone. ${reason}`, {
    remedy:
      'Choose the network these weights were trained with. Where you know that it is this one, import them with ' +
      '--insist.',
    details: { [MAY_INSIST]: true },
  });
}
