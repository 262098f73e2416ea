/** What a weight file holds, read in a process of its own: a damaged or hostile one can harm nobody. */
import { StudioError } from '../../../../contract/errors.ts';
import type { MappingReport, WeightsInspection, WeightsProposal } from '../../../../contract/weights/weights.ts';
import type { WeightFile } from '../../../formats/weightFile.ts';
import { describeNetwork } from '../../../models/describe.ts';
import { getModel } from '../../../models/registry.ts';
import { fittingNetworks } from '../../../weights/fittingNetworks.ts';
import { NOTHING_FITS } from '../../../weights/findNaming.ts';
import { usualShape } from '../../../weights/fitShape.ts';
import { openForeignWeights, withFiniteness } from '../../foreignWeights.ts';
import { readCardBeside } from '../../cardBeside.ts';
import { openEntry } from '../../openEntry.ts';
import { type InspectWeightsJob, inspectWeightsJob } from './messages.ts';
import { implementJob } from '../../jobContext.ts';

export async function runInspectWeightsJob(job: InspectWeightsJob): Promise<WeightsInspection> {
  const { path, entry, network } = job;
  if (!network) {
    const beside = await readCardBeside(path);
    return inspect(
      await openEntry(path, entry),
      () => null,
      (file) => fittingNetworks(file, beside?.network ?? null),
    );
  }
  let opened;
  try {
    opened = await openForeignWeights(job, getModel(network.model), network);
  } catch (error) {
    if (!(error instanceof StudioError) || error.details?.[NOTHING_FITS] !== true) throw error;
    // Its names are what a renaming begins with.
    return inspect(await openEntry(path, entry), (file) => nothingFound(network, file, error.message));
  }
  const { file, ...foreign } = opened;
  return inspect(file, () => withFiniteness(foreign));
}

function inspect(
  file: WeightFile,
  mapping: (file: WeightFile) => MappingReport | null,
  proposals: (file: WeightFile) => WeightsProposal[] = () => [],
): WeightsInspection {
  try {
    return {
      path: file.path,
      format: file.format,
      metadata: Object.fromEntries(file.metadata),
      notes: [...file.notes],
      parts: [...(file.parts ?? [])],
      tensors: [...file.tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape: [...shape] })),
      mapping: mapping(file),
      proposals: proposals(file),
    };
  } finally {
    file.close();
  }
}

function nothingFound(
  network: NonNullable<InspectWeightsJob['network']>,
  { tensors }: WeightFile,
  reason: string,
): MappingReport {
  const model = getModel(network.model);
  const shape = usualShape(model, network);
  const { weights } = describeNetwork(model, shape);
  return {
    naming: 'no known source',
    classes: shape.classes,
    channels: shape.channels,
    hasHead: false,
    weights: weights.map(({ name, shape: sides }) => ({ name, shape: [...sides], from: null, made: false })),
    loaded: [],
    missing: weights.map(({ name }) => name),
    unused: [...tensors.keys()],
    misshaped: [],
    notFinite: [],
    input: null,
    labels: null,
    outputs: null,
    protocol: null,
    notes: [reason],
  };
}

export const run = implementJob(inspectWeightsJob, runInspectWeightsJob);
