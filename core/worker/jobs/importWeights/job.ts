/** The import of a weight file, in a process of its own: a damaged or hostile one can harm nobody. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../../files/makeFolder.ts';
import type { ImportedWeights } from '../../../../contract/weights/weights.ts';
import { renameDurably, writeDurableFile } from '../../../files/durableFile.ts';
import { getModel } from '../../../models/registry.ts';
import { allFinite, notFiniteNotes, requireComplete } from '../../../weights/mapWeights.ts';
import { writeSafetensors } from '../../../formats/safetensors.ts';
import { openForeignWeights } from '../../foreignWeights.ts';
import { type ImportWeightsJob, importWeightsJob } from './messages.ts';
import { implementJob } from '../../jobContext.ts';

/**
 * Writes `weights.safetensors` under our names, one tensor after another, `mapping.json`, and `card.json` last: a
 * folder with a card is whole.
 * @throws {StudioError} `weights.mismatch`: anything is missing
 */
export async function runImportWeightsJob(job: ImportWeightsJob): Promise<ImportedWeights> {
  const opened = await openForeignWeights(job, getModel(job.network.model), job.network);
  const { file, model, shape, tensors, report, mapping } = opened;
  const partial = `${job.outputDir}.partial`;
  try {
    requireComplete(report, model, job.path);
    await rm(partial, { recursive: true, force: true });
    await makeFolder(partial);
    const notFinite: string[] = [];
    const checked = (name: string, data: Float32Array): Float32Array => {
      if (!allFinite(data)) notFinite.push(name);
      return data;
    };
    const written = await writeSafetensors(
      join(partial, 'weights.safetensors'),
      [...tensors].map(([name, tensor]) => ({ name, shape: tensor.shape, data: () => checked(name, tensor.read()) })),
      { network: model.name },
    );
    const unused =
      report.unused.length > 0
        ? [
            `${report.unused.length} tensors of the file are not needed: ` +
              `${report.unused.slice(0, 5).join(', ')}${report.unused.length > 5 ? ', …' : ''}.`,
          ]
        : [];
    const card: ImportedWeights = {
      id: job.id,
      name: job.name,
      model: { name: model.name, options: shape.options },
      size: shape.size,
      channels: shape.channels,
      classes: shape.classes,
      input: job.input ?? mapping.input,
      labels: job.labels ?? mapping.labels,
      outputs: job.outputs ?? mapping.outputs,
      protocol: job.protocol ?? mapping.protocol,
      source: { path: job.path, format: file.format, naming: mapping.naming, renames: job.renames ?? [] },
      notes: [...mapping.notes, ...notFiniteNotes(notFinite), ...unused],
      ...written,
      createdAt: new Date().toISOString(),
    };
    await writeDurableFile(join(partial, 'mapping.json'), JSON.stringify({ ...mapping, notFinite }));
    await writeDurableFile(join(partial, 'card.json'), `${JSON.stringify(card, null, 1)}\n`);
    await renameDurably(partial, job.outputDir);
    return card;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  } finally {
    file.close();
  }
}

export const run = implementJob(importWeightsJob, runImportWeightsJob);
