/** What is to be measured: networks, data and protocols as they are asked for, and as they are found. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type DatasetCard, Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { EvaluatedImages } from '../../../contract/evaluation.ts';
import { InputSpec } from '../../../contract/inputSpec.ts';
import { ClassMap } from '../../../contract/classMap.ts';
import { AS_TRAINED, LabelList, type Protocol, Reading } from '../../../contract/protocol.ts';
import { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { Precision } from '../../../contract/runSpec.ts';
import { withCropSize } from '../../evaluate/protocols/namedProtocols.ts';
import { withVariant } from '../../evaluate/protocols/variants.ts';
import type { StudioContext } from '../context.ts';
import { findByText } from '../records/ids.ts';
import { type EvaluatedNetwork, NetworkChoice, runNetwork, weightsNetwork } from '../weights/networkChoice.ts';
import type { ProtocolHandlers } from './protocols.ts';
import { issueWords } from '../../../pure/issueWords.ts';

const USUAL_BATCH = 32;

/** The images of a split, or of a folder and its subfolders. */
export const ImageChoice = z.discriminatedUnion('kind', [
  /** Of the run's own data set unless `dataset` names another one. */
  z.object({ kind: z.literal('split'), split: Split, dataset: z.string().optional() }),
  z.object({ kind: z.literal('folder'), path: z.string() }),
]);
export type ImageChoice = z.infer<typeof ImageChoice>;

export const EvaluationRequest = z
  .object({
    network: NetworkChoice,
    images: ImageChoice,
    protocols: z.array(z.string()).min(1),
    /** Each protocol once for each of these crops, in place of its own. */
    cropSizes: z.array(z.int().min(1)).optional(),
    /** Counts before what the weights' card says. */
    input: InputSpec.optional(),
    labels: LabelList.optional(),
    /** Of every protocol that does not say it itself. */
    reading: Reading.default('all'),
    /** Counts before ids and names. */
    classMap: ClassMap.optional(),
    /** Views a run of the network. */
    batchSize: z.int().min(1).max(4096).default(USUAL_BATCH),
    precision: Precision.default('f32'),
    device: DeviceChoice.default('auto'),
    /** Only so many images of a split, taken evenly. */
    limit: z.int().min(1).optional(),
  })
  .refine(({ images, limit }) => images.kind === 'split' || limit === undefined, {
    error: 'takes a part of a split, not of a folder',
    path: ['limit'],
  });
export type EvaluationRequest = z.input<typeof EvaluationRequest>;
export type CheckedRequest = z.output<typeof EvaluationRequest>;

/** One network, its images, and how it is to be measured. */
export interface Source {
  readonly images: EvaluatedImages;
  readonly network: EvaluatedNetwork;
  readonly protocols: readonly Protocol[];
}

/** @throws {StudioError} `input.invalid`: what is wrong with it */
export function checkRequest(request: object): CheckedRequest {
  const parsed = EvaluationRequest.safeParse(request);
  if (parsed.success) return parsed.data;
  throw new StudioError(
    'input.invalid',
    `The evaluation's settings are not valid: ${parsed.error.issues.map(issueWords).join('; ')}.`,
  );
}

/** @throws {StudioError} `dataset.notFound` */
export async function findDataset({ datasets }: StudioContext, text: string): Promise<DatasetCard> {
  return findByText((await datasets.list()).datasets, text, 'dataset.notFound', 'data set');
}

/**
 * What is asked of one network, without having computed anything.
 * @throws {StudioError} `run.…`, `weights.…`, `dataset.…`, `file.notFound`, `input.invalid`
 */
export async function findSource(
  { context, protocols }: { context: StudioContext; protocols: ProtocolHandlers },
  choice: NetworkChoice,
  request: CheckedRequest,
): Promise<Source> {
  const run = choice.kind === 'run' ? await runNetwork(context, choice) : null;
  const network = run ?? (await weightsNetwork(context, choice as Extract<NetworkChoice, { kind: 'weights' }>));
  return {
    images: await findImages(context, request.images, run?.spec.dataset ?? null),
    network,
    protocols: await chosenProtocols(request, network.asTrained, protocols),
  };
}

async function findImages(
  context: StudioContext,
  asked: ImageChoice,
  ownDataset: string | null,
): Promise<EvaluatedImages> {
  if (asked.kind === 'folder') {
    const path = resolve(asked.path);
    if (existsSync(path)) return { kind: 'folder', path };
    throw new StudioError('file.notFound', `There is no file or folder ${path}.`, {
      remedy: 'Give an image, a folder of images, or one of the splits train, val, test.',
    });
  }
  const wanted = asked.dataset ?? ownDataset;
  if (wanted === null)
    throw new StudioError('input.invalid', `Weights have no data set of their own whose ${asked.split} split counts.`, {
      remedy: 'Name the data set, or choose a folder of images.',
    });
  const { id, name, splits } = await findDataset(context, wanted);
  if (splits[asked.split]?.count) return { kind: 'split', datasetId: id, datasetName: name, split: asked.split };
  throw new StudioError('dataset.missingSplit', `Data set "${name}" has no ${asked.split} split.`, {
    remedy: `It has: ${Object.keys(splits).join(', ')}.`,
  });
}

async function chosenProtocols(
  { protocols: names, cropSizes, reading, classMap }: CheckedRequest,
  asTrained: Protocol | null,
  protocols: ProtocolHandlers,
): Promise<Protocol[]> {
  const named = await Promise.all(
    names.map(async (name) => (name === AS_TRAINED ? ofTraining(asTrained) : (await protocols.show(name)).protocol)),
  );
  const all = (
    cropSizes ? named.flatMap((protocol) => cropSizes.map((crop) => withCropSize(protocol, crop))) : named
  ).map((protocol) => withVariant(protocol, { reading, classMap }));
  return [...new Map(all.map((protocol) => [protocol.name, protocol])).values()];
}

function ofTraining(asTrained: Protocol | null): Protocol {
  if (asTrained) return asTrained;
  throw new StudioError('input.invalid', `${AS_TRAINED} is the preprocessing of a run; weight files have none.`, {
    remedy: 'Import the file, or name a protocol: caffe-1crop-224, torchvision-1crop-224, … (quorum protocol list).',
  });
}
