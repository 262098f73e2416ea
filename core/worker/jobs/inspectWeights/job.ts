/** What a weight file holds, read in a process of its own: a damaged or hostile one can harm nobody. */
import type { WeightsInspection } from '../../../../contract/weights.ts';
import { getModel } from '../../../models/registry.ts';
import { openForeignWeights, withFiniteness } from '../../foreignWeights.ts';
import { openEntry } from '../../openEntry.ts';
import { type InspectWeightsJob, inspectWeightsJob } from './messages.ts';
import { implementJob } from '../../jobContext.ts';

export async function runInspectWeightsJob(job: InspectWeightsJob): Promise<WeightsInspection> {
  const { path, entry, network } = job;
  const opened = network ? await openForeignWeights(job, getModel(network.model), network) : null;
  const file = opened?.file ?? (await openEntry(path, entry));
  try {
    return {
      path,
      format: file.format,
      metadata: Object.fromEntries(file.metadata),
      notes: [...file.notes],
      tensors: [...file.tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape: [...shape] })),
      mapping: opened && withFiniteness(opened),
    };
  } finally {
    file.close();
  }
}

export const run = implementJob(inspectWeightsJob, runInspectWeightsJob);
