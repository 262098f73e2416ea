/** The export job: a network's weights in another program's format, with a card beside them. */
import { dirname, basename, join } from 'node:path';
import type { ExportCard, ExportFormat, ExportOrigin } from '../../../../contract/weights/exportCard.ts';
import { channelsOf } from '../../../../contract/inputSpec.ts';
import { placeDurably, writeDurableFile } from '../../../files/durableFile.ts';
import { describeNetwork } from '../../../models/describe.ts';
import { writeNpyDict } from '../../../formats/writeNpy.ts';
import { writeSafetensors } from '../../../formats/safetensors.ts';
import { exportedNetwork } from './exportedNetwork.ts';
import { checkTarget, type ExportFile, writeFiles, type WrittenFile } from './exportFiles.ts';
import { isFolder, programCard, programFiles, USUAL_PIXELS } from './exportProgram.ts';
import { implementJob, type JobContext, progressSender } from '../../jobContext.ts';
import { type ExportWeightsJob, exportWeightsJob } from './messages.ts';
import { loadWeights, type LoadedWeights, shapeAt } from '../../trainedNetwork.ts';

/** Where the card of an export lies: in its folder, or beside its file. */
export function cardPath(output: string, format: ExportFormat): string {
  return isFolder(format) ? join(output, 'card.json') : `${output}.card.json`;
}

/**
 * @throws {StudioError} as `loadWeights`; `file.exists`, `file.diskFull`, `file.noPermission`, `weights.limit`,
 * `input.invalid`. Stopped, it throws the signal's reason and leaves nothing.
 */
export async function runExportWeightsJob(job: ExportWeightsJob, context: JobContext): Promise<ExportCard> {
  const { format, output, overwrite } = job;
  const card = cardPath(output, format);
  checkTarget(output, overwrite);
  if (!isFolder(format)) checkTarget(card, overwrite);
  const asked = job.origin.input;
  const weights = await loadWeights(job.network, job.network.channels ?? (asked ? channelsOf(asked) : undefined));
  const origin = originOf(job.origin, weights);
  context.signal.throwIfAborted();
  const finish = (program: ExportCard['program'], files: readonly WrittenFile[]): ExportCard => ({
    schema: 'quorum-export-1',
    format,
    ...origin,
    program,
    files: [...files],
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    exportedAt: new Date().toISOString(),
    exportedBy: job.exportedBy,
  });
  if (format === 'safetensors' || format === 'npy') return exportWeightsAlone(job, origin, weights, finish, context);
  const pixels = job.pixels ?? (origin.input ? USUAL_PIXELS[format] : 'float32');
  const shape = job.size === null ? weights.shape : shapeAt(weights.model, weights.shape, job.size);
  const graph = exportedNetwork({ model: weights.model, shape, values: weights.values, input: origin.input, pixels });
  const files = programFiles(format, graph, { origin, features: job.features, exportedBy: job.exportedBy });
  const program = programCard(format, graph, pixels);
  const tell = progressSender(
    context,
    'export',
    files.reduce((sum, { parts }) => sum + parts.reduce((bytes, part) => bytes + part.byteLength, 0), 0),
  );
  const options = { signal: context.signal, onBytes: tell };
  if (isFolder(format)) {
    return placeDurably(output, async (temporary) => {
      const result = finish(program, await writeFiles(temporary, files, options));
      // Last: a folder with a card is whole.
      await writeDurableFile(join(temporary, 'card.json'), cardText(result));
      return result;
    });
  }
  return placeDurably(output, async (temporary) => {
    const [file] = files as [ExportFile];
    const written = await writeFiles(dirname(temporary), [{ ...file, name: basename(temporary) }], options);
    const result = finish(
      program,
      written.map((one) => ({ ...one, name: basename(output) })),
    );
    await writeDurableFile(card, cardText(result), { overwrite });
    return result;
  });
}

/** What the host knows, and what the file turned out to be. */
function originOf(known: ExportOrigin, { model, shape, input, labels, outputs, notes }: LoadedWeights): ExportOrigin {
  return {
    ...known,
    model: { name: model.name, options: shape.options },
    size: shape.size,
    channels: shape.channels,
    classes: shape.classes,
    input: known.input ?? input,
    labels: known.labels ?? labels,
    classNames: known.classNames ?? (outputs && [...outputs.names]),
    classIds: known.classIds ?? (outputs && [...outputs.ids]),
    notes: [...known.notes, ...notes],
  };
}

async function exportWeightsAlone(
  { format, output, overwrite }: ExportWeightsJob,
  origin: ExportOrigin,
  weights: LoadedWeights,
  finish: (program: null, files: readonly WrittenFile[]) => ExportCard,
  context: JobContext,
): Promise<ExportCard> {
  const { model, shape, values } = weights;
  const specs = describeNetwork(model, shape).weights;
  const tell = progressSender(context, 'export', specs.length);
  // One by one, so that a stop and the progress come between two of them.
  const tensors = specs.map((spec, i) => ({
    name: spec.name,
    shape: spec.shape,
    data: () => {
      context.signal.throwIfAborted();
      tell(i + 1);
      return values.get(spec.name)!;
    },
  }));
  return placeDurably(output, async (temporary) => {
    const name = basename(output);
    const { input, classNames, labels } = origin;
    let file: WrittenFile;
    if (format === 'safetensors') {
      const metadata = {
        network: model.name,
        options: JSON.stringify(shape.options),
        ...(input && { input: JSON.stringify(input) }),
        ...(labels && { labels }),
        ...(classNames && { classes: JSON.stringify(classNames) }),
      };
      file = { name, ...(await writeSafetensors(temporary, tensors, metadata)) };
    } else {
      // Layers of kernel and bias alone are lists, as in vgg16.npy; with more kinds, each says its name.
      file = {
        name,
        ...(await writeNpyDict(temporary, tensors, {
          style: specs.every(({ kind }) => kind === 'kernel' || kind === 'bias') ? 'list' : 'named',
        })),
      };
    }
    const card = finish(null, [file]);
    await writeDurableFile(cardPath(output, format), cardText(card), { overwrite });
    return card;
  });
}

function cardText(card: ExportCard): string {
  return `${JSON.stringify(card, null, 1)}\n`;
}

export const run = implementJob(exportWeightsJob, runExportWeightsJob);
