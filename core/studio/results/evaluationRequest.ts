/** What is to be measured: networks, data and protocols as they are asked for, and as they are found. */
import { z } from 'zod';
import { AS_TRAINED } from '../../../contract/api/evaluations.ts';
import { type DatasetCard, Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { InputSpec } from '../../../contract/inputSpec.ts';
import type { Preprocessing } from '../../../contract/preprocessing.ts';
import { LabelList, type Protocol } from '../../../contract/protocol.ts';
import { DeviceChoice, Precision } from '../../../contract/runSpec.ts';
import { asTrained } from '../../evaluate/protocols/asTrained.ts';
import { withCropSize } from '../../evaluate/protocols/namedProtocols.ts';
import type { StudioContext } from '../context.ts';
import { findByText } from '../records/ids.ts';
import { type EvaluatedNetwork, NetworkChoice, runNetwork, weightsNetwork } from '../weights/networkChoice.ts';
import type { ProtocolHandlers } from './protocols.ts';

const MAX_BATCH = 32;

export const EvaluationRequest = z.object({
  network: NetworkChoice,
  /** The run's own data set unless given. */
  dataset: z.string().optional(),
  split: Split,
  protocols: z.array(z.string()).min(1),
  /** Each protocol once for each of these crops, in place of its own. */
  cropSizes: z.array(z.int().min(1)).optional(),
  /** Counts before what the weights' card says. */
  input: InputSpec.optional(),
  labels: LabelList.optional(),
  /** Views a run of the network. */
  batchSize: z.int().min(1).max(4096).default(MAX_BATCH),
  precision: Precision.default('f32'),
  device: DeviceChoice.default('auto'),
  /** Only so many pictures, taken evenly. */
  limit: z.int().min(1).optional(),
});
export type EvaluationRequest = z.input<typeof EvaluationRequest>;
export type CheckedRequest = z.output<typeof EvaluationRequest>;

/** One network, its data, and how it is to be measured. */
export interface Source {
  readonly dataset: DatasetCard;
  readonly network: EvaluatedNetwork;
  readonly protocols: readonly Protocol[];
}

/** @throws {StudioError} `input.invalid`: what is wrong with it */
export function checkRequest(request: object): CheckedRequest {
  const parsed = EvaluationRequest.safeParse(request);
  if (parsed.success) return parsed.data;
  throw new StudioError(
    'input.invalid',
    `The evaluation's settings are not valid: ` +
      `${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}.`,
  );
}

/** @throws {StudioError} `dataset.notFound` */
export async function findDataset({ datasets }: StudioContext, text: string): Promise<DatasetCard> {
  return findByText((await datasets.list()).datasets, text, 'dataset.notFound', 'data set');
}

/**
 * What is asked of one network, without having computed anything.
 * @throws {StudioError} `run.…`, `weights.…`, `dataset.…`, `input.invalid`
 */
export async function findSource(
  { context, protocols }: { context: StudioContext; protocols: ProtocolHandlers },
  choice: NetworkChoice,
  request: CheckedRequest,
): Promise<Source> {
  const run = choice.kind === 'run' ? await runNetwork(context, choice) : null;
  const dataset = await findDataset(context, request.dataset ?? run?.datasetId ?? '');
  if (!dataset.splits[request.split]?.count)
    throw new StudioError('dataset.missingSplit', `Data set "${dataset.name}" has no ${request.split} split.`, {
      remedy: `It has: ${Object.keys(dataset.splits).join(', ')}.`,
    });
  return {
    dataset,
    network: run ?? (await weightsNetwork(context, choice as Extract<NetworkChoice, { kind: 'weights' }>)),
    protocols: await chosenProtocols(request, run?.preprocessing ?? null, protocols),
  };
}

async function chosenProtocols(
  { protocols: names, cropSizes }: CheckedRequest,
  trained: Preprocessing | null,
  protocols: ProtocolHandlers,
): Promise<Protocol[]> {
  const named = await Promise.all(
    names.map(async (name) => (name === AS_TRAINED ? ofTraining(trained) : (await protocols.show(name)).protocol)),
  );
  const all = cropSizes ? named.flatMap((protocol) => cropSizes.map((crop) => withCropSize(protocol, crop))) : named;
  return [...new Map(all.map((protocol) => [protocol.name, protocol])).values()];
}

function ofTraining(preprocessing: Preprocessing | null): Protocol {
  if (preprocessing) return asTrained(preprocessing);
  throw new StudioError('input.invalid', `${AS_TRAINED} is the preprocessing of a run; weight files have none.`, {
    remedy: 'Name a protocol: caffe-1crop-224, torchvision-1crop-224, … (quorum protocol list).',
  });
}
