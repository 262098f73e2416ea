/** What a weight file holds, read in a process of its own: a damaged or hostile one can harm nobody. */
import type { WeightsInspection } from '../../../../contract/weights.ts';
import { getModel } from '../../../models/registry.ts';
import { readCardBeside } from '../../cardBeside.ts';
import { fitWeights, withFiniteness } from '../../foreignWeights.ts';
import { openEntry } from '../../openEntry.ts';
import { type InspectWeightsJob, inspectWeightsJob } from './messages.ts';
import { implementJob } from '../../jobContext.ts';

export async function runInspectWeightsJob({ path, entry, network }: InspectWeightsJob): Promise<WeightsInspection> {
  const file = await openEntry(path, entry);
  try {
    const mapping = network ? withFiniteness(fitWeights(file, getModel(network.model), network)) : null;
    const beside = mapping && (await readCardBeside(path, mapping.channels));
    return {
      path,
      format: file.format,
      metadata: Object.fromEntries(file.metadata),
      notes: [...file.notes],
      tensors: [...file.tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape: [...shape] })),
      mapping: mapping && {
        ...mapping,
        input: beside?.input ?? mapping.input,
        labels: beside?.labels ?? mapping.labels,
        notes: [...mapping.notes, ...(beside?.notes ?? [])],
      },
    };
  } finally {
    file.close();
  }
}

export const run = implementJob(inspectWeightsJob, runInspectWeightsJob);
