/** What a run could start from: a weight file, looked at in a process of its own. */
import { getModel } from '../../../models/registry.ts';
import { hashWeights } from '../../../weights/hashWeights.ts';
import { fitWeights } from '../../foreignWeights.ts';
import { openEntry } from '../../openEntry.ts';
import { type InitialFileFacts, type InspectInitialJob, inspectInitialJob } from './messages.ts';
import { implementJob } from '../../jobContext.ts';

/** What a run could take from a file; nothing but names and shapes is looked at. Errors: `weights.…`, `file.…` */
export async function runInspectInitialJob({
  path,
  entry,
  model: { name, options: modelOptions },
}: InspectInitialJob): Promise<InitialFileFacts> {
  const file = await openEntry(path, entry);
  try {
    const model = getModel(name);
    const { shape, tensors, report, mapping } = fitWeights(file, model, { model: model.name, options: modelOptions });
    return {
      sha256: await hashWeights(file),
      format: file.format,
      naming: mapping.naming,
      size: shape.size,
      channels: shape.channels,
      classes: shape.classes,
      input: mapping.input,
      unused: mapping.unused,
      notes: mapping.notes,
      weights: [
        ...[...tensors].map(([weight, { shape: sides }]) => ({ name: weight, shape: [...sides] })),
        ...report.misshaped.map(({ name: weight, found }) => ({ name: weight, shape: [...found] })),
      ],
    };
  } finally {
    file.close();
  }
}

export const run = implementJob(inspectInitialJob, runInspectInitialJob);
