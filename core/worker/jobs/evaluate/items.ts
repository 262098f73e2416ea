/** One network by one protocol: how it is fed, and what it says. */
import { StudioError } from '../../../../contract/errors.ts';
import { channelsOf } from '../../../../contract/inputSpec.ts';
import type { Preprocessing } from '../../../../contract/inputSpec.ts';
import type { ResolvedProtocol } from '../../../../contract/protocol.ts';
import type { Precision } from '../../../../contract/runSpec.ts';
import type { ValueRange } from '../../../../contract/valueRange.ts';
import type { ClassList } from '../../../../pure/classes/classMatch.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { ClassColumns } from '../../../evaluate/classColumns.ts';
import { openProbabilityWriter } from '../../../evaluate/probabilityFile.ts';
import { packedPreprocessing } from '../../../evaluate/protocols/asTrained.ts';
import { resolveProtocol } from '../../../evaluate/protocols/resolveProtocol.ts';
import { folderColumns, networkColumns } from '../../networkColumns.ts';
import {
  type Inference,
  type LoadedWeights,
  loadWeights,
  openDenseInference,
  openInference,
  openPackedInference,
  type PackedInference,
} from '../../trainedNetwork.ts';
import { Measurement } from './measurement.ts';
import type { EvaluateJob } from './messages.ts';

interface Measured {
  /** Place of the network in the job. */
  readonly owner: number;
  readonly protocol: ResolvedProtocol;
  /** Classes that the network tells apart. */
  readonly outputs: number;
  /** Of the columns, by which the folders of images are labelled. */
  readonly classes: ClassList;
  /** How samples wider than a byte were read in training. */
  readonly valueRange: ValueRange | undefined;
  readonly measurement: Measurement;
}

/** With views of the images at their own size. */
interface ViewFed {
  readonly feed: 'views';
  readonly network: Inference;
}

/** With the bytes of a packed cache. */
interface PackedFed {
  readonly feed: 'packed';
  readonly network: PackedInference;
  readonly preprocessing: Preprocessing;
}

type Fed = ViewFed | PackedFed;
export type ViewItem = Measured & ViewFed;
export type PackedItem = Measured & PackedFed;
export type Item = ViewItem | PackedItem;

/** Classes of the data set, in its order; null for a folder, whose images have none of their own. */
export type DataClasses = (ClassList & { readonly name: string }) | null;

export interface ResolvedNetwork {
  readonly weights: LoadedWeights;
  readonly protocols: readonly ResolvedProtocol[];
  /** One a protocol. */
  readonly columns: readonly ClassColumns[];
}

/** @throws {StudioError} `weights.…`, `input.invalid`, `prediction.classMismatch` */
export async function resolveNetwork(
  { network, own, items }: EvaluateJob['networks'][number],
  data: DataClasses,
): Promise<ResolvedNetwork> {
  const color = items[0]?.protocol.input?.color ?? own.input?.color;
  const weights = await loadWeights(network, network.channels ?? (color && channelsOf({ color })));
  const said = { input: own.input ?? weights.input, labels: own.labels };
  const protocols = items.map(({ protocol }) => resolveProtocol(protocol, said, weights, data?.ids ?? []));
  for (const { name, input } of protocols) {
    if (channelsOf(input) !== weights.shape.channels)
      throw new StudioError(
        'input.invalid',
        `Protocol ${name} feeds ${channelsOf(input)} channels, the network takes ${weights.shape.channels}.`,
        { remedy: 'Choose protocols with the colours that the network was trained on.' },
      );
  }
  const columns = protocols.map(({ labels, reading, classMap }) =>
    data
      ? networkColumns(weights, labels, data, data.name, { reading, classMap })
      : folderColumns(weights, { reading, classMap }),
  );
  return { weights, protocols, columns };
}

interface Opening {
  readonly engine: Engine;
  readonly precision: Precision;
  readonly data: DataClasses;
  /** What is open, for who closes it again. */
  readonly items: Item[];
}

/** Adds what one network needs for all its protocols; protocols that are fed alike share its program. */
export async function openItems(
  { weights, protocols, columns }: ResolvedNetwork,
  { network, own: { valueRange }, items: asked }: EvaluateJob['networks'][number],
  owner: number,
  { engine, precision, data, items }: Opening,
): Promise<void> {
  const opened = new Map<string, Item['network']>();
  const shared = <T extends Item['network']>(key: string, open: () => T): T => {
    const known = opened.get(key) ?? open();
    opened.set(key, known);
    return known as T;
  };
  for (const [k, protocol] of protocols.entries()) {
    const { outputOf, classes } = columns[k]!;
    const outputs = weights.shape.classes;
    const packed = packedInput(protocol, network);
    const preprocessing = packed && { ...packed, valueRange };
    const fed: Fed = preprocessing
      ? {
          feed: 'packed',
          preprocessing,
          network: shared(JSON.stringify(preprocessing), () =>
            openPackedInference(engine, weights, preprocessing, precision),
          ),
        }
      : {
          feed: 'views',
          network: shared(viewsKey(protocol), () => openForViews(protocol, engine, weights, precision)),
        };
    const writer = await openProbabilityWriter(asked[k]!.outputDir, { classes: outputOf.length, overwrite: true });
    const measurement = new Measurement(writer, columns[k]!, outputs, data?.ids.length ?? outputOf.length);
    const own = { owner, protocol, outputs, classes, valueRange };
    items.push({ ...fed, ...own, measurement });
  }
}

/** Null where the protocol is not that by which a run was trained: then no packed cache need be there. */
function packedInput(
  protocol: ResolvedProtocol,
  { size }: EvaluateJob['networks'][number]['network'],
): Preprocessing | null {
  const preprocessing = packedPreprocessing(protocol);
  return preprocessing?.size === size ? preprocessing : null;
}

/** Protocols with one key share a network: its program is made for one size, or for all. */
const viewsKey = ({ crops, crop }: ResolvedProtocol): string => (crops === 'dense' ? 'dense' : String(crop));

function openForViews(
  { crops, crop, name }: ResolvedProtocol,
  engine: Engine,
  weights: LoadedWeights,
  precision: Precision,
): Inference {
  if (crops !== 'dense') return openInference(engine, weights, crop, precision);
  const { size } = weights.shape;
  if (crop < size)
    throw new StudioError(
      'input.invalid',
      `Protocol ${name} gives images of ${crop} pixels; this network was trained at ${size} and sees nothing ` +
        'in smaller ones.',
      { remedy: `Choose a dense protocol with a short side of ${size} or more.` },
    );
  return openDenseInference(engine, weights, precision);
}
