/** Imports a file's weights into a folder of their own. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../files/makeFolder.ts';
import { WeightsNetwork } from '../../../contract/api/weights.ts';
import { StudioError } from '../../../contract/errors.ts';
import { InputSpec } from '../../../contract/inputSpec.ts';
import { LabelList, Protocol } from '../../../contract/protocol.ts';
import { TensorRename } from '../../../contract/weights/tensorRename.ts';
import { type ImportedWeights, OutputClasses } from '../../../contract/weights/weights.ts';
import { getModel } from '../../models/registry.ts';
import { importWeightsJob } from '../../worker/jobs/importWeights/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';
import { newId } from '../records/ids.ts';
import { listImported } from './importedWeights.ts';

export const ImportWeightsRequest = z.object({
  path: z.string(),
  entry: z.string().optional(),
  renames: z.array(TensorRename).optional(),
  /** Take them though their names are another network's. */
  insist: z.boolean().optional(),
  name: z.string().min(1).max(200).optional(),
  network: WeightsNetwork,
  input: InputSpec.optional(),
  labels: LabelList.optional(),
  /** Classes that the outputs stand for, in their order. */
  outputs: OutputClasses.optional(),
  /** How images are resized and cropped for a prediction. */
  protocol: Protocol.optional(),
});
export type ImportWeightsRequest = z.input<typeof ImportWeightsRequest>;

/** @throws {StudioError} file.exists: the name is taken; what the job throws */
export async function importWeights(
  context: StudioContext,
  request: ImportWeightsRequest,
  work?: WorkOptions,
): Promise<ImportedWeights> {
  const { paths } = context;
  const { path, entry, renames, insist, name: chosen, network, ...said } = ImportWeightsRequest.parse(request);
  const cards = await listImported(paths);
  const model = getModel(network.model).name;
  const name = chosen ?? basename(path).replace(/\.[^.]+$/, '');
  if (cards.some((card) => card.name.toLowerCase() === name.toLowerCase()))
    throw new StudioError('file.exists', `There are imported weights called "${name}" already.`, {
      remedy: 'Give another name.',
    });
  const id = await newId('w', async (candidate) => existsSync(join(paths.weights, candidate)));
  await makeFolder(paths.weights);
  const job = {
    path: resolve(path),
    ...(entry !== undefined && { entry }),
    ...(renames && { renames }),
    ...(insist && { insist }),
    network: { ...network, model },
    id,
    name,
    outputDir: join(paths.weights, id),
    input: said.input ?? null,
    labels: said.labels ?? null,
    outputs: said.outputs ?? null,
    protocol: said.protocol ?? null,
  };
  return runJob(context, importWeightsJob, job, work);
}
