/** What a run could start from: a weight file, looked at in a process of its own. */
import { getModel } from '../../../models/registry.ts';
import { hashWeights } from '../../../weights/hashWeights.ts';
import { openForeignWeights } from '../../foreignWeights.ts';
import { type InitialFileFacts, type InspectInitialJob, inspectInitialJob } from './messages.ts';
import { implementJob } from '../../jobContext.ts';

/**
 * What a run could take from a file; nothing but names and shapes is looked at.
 * @throws {StudioError} as `openForeignWeights`
 */
export async function runInspectInitialJob(job: InspectInitialJob): Promise<InitialFileFacts> {
  const { name, options } = job.model;
  const { file, shape, tensors, report, mapping } = await openForeignWeights(job, getModel(name), { options });
  try {
    const { naming, input, outputs, unused, notes, hasHead } = mapping;
    return {
      sha256: await hashWeights(file),
      format: file.format,
      naming,
      size: shape.size,
      channels: shape.channels,
      classes: hasHead ? shape.classes : null,
      outputs,
      options: shape.options,
      input,
      unused,
      notes,
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
