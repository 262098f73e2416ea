/** `quorum weights export`. */
import packageCard from '../../../package.json' with { type: 'json' };
import { type Command, Option } from 'commander';
import { type ExportCard, ExportFormat, PixelType } from '../../../contract/weights/exportCard.ts';
import type { ExportRequest } from '../../../core/studio/weights/exportWeights.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { printable } from '../../format.ts';
import { addInputOptions, inputOf, type InputOptions } from '../../options/inputOptions.ts';
import { onlyBeside } from '../../options/onlyBeside.ts';
import { wholeNumber } from '../../options/optionValues.ts';
import { withStudio } from '../../session.ts';
import { addNetworkOptions, networkOf, type NetworkOptions, SHAPE_OPTIONS } from './networkOptions.ts';

interface ExportOptions extends NetworkOptions, InputOptions {
  readonly format: ExportFormat;
  readonly output: string;
  readonly checkpoint?: number | 'best' | 'last';
  readonly model?: string;
  readonly pixels?: PixelType;
  readonly features?: string[];
  readonly overwrite?: boolean;
}

export function addWeightsExportCommand(weights: Command): void {
  addInputOptions(
    addNetworkOptions(
      weights
        .command('export <weights>')
        .description(
          'Write the weights of a run, of imported weights or of a file in another format, with a card beside them.',
        )
        .addOption(
          new Option('--format <kind>', 'weights alone (safetensors, npy), or the network with its preprocessing')
            .choices(ExportFormat.options)
            .makeOptionMandatory(),
        )
        .requiredOption('--output <path>', 'file, or folder of savedmodel and tfjs')
        .option('--checkpoint <which>', 'of a run: best, last, or its number', checkpointOf)
        .option('--model <name>', 'network of a weight file')
        .addOption(
          new Option('--pixels <type>', 'number format of the images; default: uint8, for tfjs int32').choices(
            PixelType.options,
          ),
        )
        .option('--features <layers>', 'layers that become outputs of an ONNX program, as conv5_3,fc7', (text) =>
          text.split(','),
        )
        .option('--overwrite', 'replace what is there'),
    ),
  ).action((text: string, options: ExportOptions, command: Command) =>
    withStudio(command, async (session) => {
      // Runs and imported weights know what they are.
      onlyBeside(command, 'model', ['entry', 'rename', ...SHAPE_OPTIONS.filter((option) => option !== 'size')]);
      const card = await session.studio.weights.export(exportRequest(text, options), session.work);
      session.print(card, describeExport(card, options.output));
    }),
  );
}

function exportRequest(weights: string, options: ExportOptions): ExportRequest {
  const { format, output, checkpoint, model, pixels, features, overwrite } = options;
  const { entry, rename, size, classes, channels } = options;
  const input = inputOf(options);
  return {
    weights,
    format,
    output,
    ...(checkpoint !== undefined && { checkpoint }),
    ...(model !== undefined && { model }),
    ...(pixels && { pixels }),
    ...(features && { features }),
    ...(overwrite && { overwrite }),
    ...(entry !== undefined && { entry }),
    ...(size !== undefined && { size }),
    ...(classes !== undefined && { classes }),
    ...(channels !== undefined && { channels }),
    ...(rename && { renames: rename }),
    ...(input && { input }),
    ...(options.labels && { labels: options.labels }),
    options: networkOf('', options).options ?? {},
    exportedBy: `Quorum ${packageCard.version}`,
  };
}

function checkpointOf(text: string): number | 'best' | 'last' {
  return text === 'best' || text === 'last' ? text : wholeNumber(text);
}

function describeExport(
  { format, name, title, program, input, classNames, sizeBytes, metrics, notes }: ExportCard,
  output: string,
): string {
  const fed = input && `${input.color}, (value / ${input.scale} − ${input.mean.join(', ')}) / ${input.std.join(', ')}`;
  return [
    `${output}: ${title} "${name}" as ${format}, ${formatBytes(sizeBytes)}`,
    ...(program
      ? [
          ...Object.entries(program.inputs).map(
            ([key, { tensor, shape }]) => `input ${key}: ${program.pixels} [${shape.join(', ')}], tensor ${tensor}`,
          ),
          ...Object.entries(program.outputs).map(
            ([key, { tensor, shape }]) => `output ${key}: [${shape.join(', ')}], tensor ${tensor}`,
          ),
          `${Object.keys(program.layers).length} layers within reach, maps as ${program.layout}`,
          fed ? `inside: ${fed}` : 'no preprocessing inside: how these weights want their images is not known',
        ]
      : [fed ? `to be fed as ${fed}` : 'how they want their images is not known']),
    `${classNames ? `${classNames.length} class names` : 'no class names'}; ` +
      `${metrics.length} measured figures in the card`,
    ...notes,
  ]
    .map(printable)
    .join('\n');
}
