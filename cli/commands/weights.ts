/** `quorum weights`: look into weight files, import them, find out how they want their pictures, export them. */
import { type Command, Option } from 'commander';
import packageCard from '../../package.json' with { type: 'json' };
import { Split } from '../../contract/dataset.ts';
import { type ExportCard, ExportFormat, PixelType } from '../../contract/exportCard.ts';
import { DeviceChoice } from '../../contract/runSpec.ts';

import type { ImportWeightsRequest } from '../../core/studio/weights/importWeights.ts';
import { addFetchWeights } from './fetch.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { formatTable, formatWhen, printable } from '../format.ts';
import { addInputOptions, inputOf, type InputOptions } from '../options/inputOptions.ts';
import { decimalNumber, wholeNumber } from '../options/optionValues.ts';
import { addRenameOption, type RenameOptions } from '../options/renameOption.ts';
import { prepareEngine } from '../prepareEngine.ts';

import { withStudio } from '../session.ts';
import { describeCard, describeCheck, describeInspection } from '../weightsText.ts';

interface ShapeOptions extends RenameOptions {
  readonly entry?: string;
  readonly size?: number;
  readonly classes?: number;
  readonly channels?: number;
  readonly widthFactor?: number;
  readonly depthFactor?: number;
  readonly headWidth?: number;
  readonly poolGrid?: number;
  readonly smallInput?: boolean;
}
interface CheckOptions {
  readonly dataset: string;
  readonly data: Split;
  readonly protocol?: string;
  readonly limit: number;
  readonly device: DeviceChoice;
  readonly save?: boolean;
}

export function addWeightsCommand(program: Command): void {
  const weights = program
    .command('weights')
    .description('Weights from and for elsewhere: inspect, import, list, check, export, remove.');
  addFetchWeights(weights);
  addShapeOptions(
    weights
      .command('inspect <file>')
      .description('What a weight file holds, and how it fits a network.')
      .option('--model <name>', 'network to fit it to'),
  ).action((path: string, options: ShapeOptions & { model?: string }, command: Command) =>
    withStudio(command, async (session) => {
      const { model, entry, rename } = options;
      const found = await session.studio.weights.inspect(
        {
          path,
          ...(entry !== undefined && { entry }),
          ...(rename && { renames: rename }),
          ...(model !== undefined && { network: networkOf(model, options) }),
        },
        session.work,
      );
      session.print(found, describeInspection(found, model));
    }),
  );
  addInputOptions(
    addShapeOptions(
      weights
        .command('import <file>')
        .description('Keep the weights of a file under our names, with their card.')
        .requiredOption('--model <name>', 'network they belong to')
        .option('--name <text>', "default: the file's name"),
    ),
  ).action((path: string, options: ShapeOptions & InputOptions & { model: string; name?: string }, command: Command) =>
    withStudio(command, async (session) => {
      const { name, entry, rename, labels } = options;
      const input = inputOf(options);
      const card = await session.studio.weights.import(
        {
          path,
          network: networkOf(options.model, options),
          ...(entry !== undefined && { entry }),
          ...(rename && { renames: rename }),
          ...(name !== undefined && { name }),
          ...(input && { input }),
          ...(labels && { labels }),
        },
        session.work,
      );
      session.print(card, describeCard(card));
    }),
  );
  weights
    .command('list')
    .description('Imported weights, newest first.')
    .action((_options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const all = await session.studio.weights.list();
        session.print(
          all,
          all.length === 0
            ? 'Nothing imported yet: quorum weights import --help'
            : formatTable(
                ['weights', 'name', 'network', 'size', 'classes', 'input', 'created'],
                all.map((card) => [
                  card.id,
                  card.name,
                  card.model.name,
                  String(card.size),
                  String(card.classes),
                  card.input?.color ?? 'unknown',
                  formatWhen(card.createdAt),
                ]),
                ['size', 'classes'],
              ),
        );
      }),
    );
  weights
    .command('remove <weights>')
    .description('Remove imported weights; the file they came from stays.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const card = await session.studio.weights.remove(text);
        session.print(card, printable(`Removed ${card.id} ("${card.name}").`));
      }),
    );
  addExportCommand(weights);
  weights
    .command('check <weights>')
    .description('Accuracy of imported weights under every plausible preprocessing; the best is proposed.')
    .requiredOption('--dataset <name>', 'labelled pictures of the classes they were trained on')
    .addOption(new Option('--data <split>', 'split').choices(Split.options).default('val'))
    .option('--protocol <name>', 'how pictures are resized and cropped')
    .option('--limit <n>', 'pictures, taken evenly; what is clearly worse is given up on the way', wholeNumber, 1000)
    .addOption(new Option('--device <kind>', 'what computes').choices(DeviceChoice.options).default('auto'))
    .option('--save', 'write the proposal into the card')
    .action((text: string, options: CheckOptions, command: Command) =>
      withStudio(command, async (session) => {
        await prepareEngine(session, options.device);
        const { dataset, data, protocol, limit, device, save } = options;
        const result = await session.studio.weights.check(
          {
            weights: text,
            dataset,
            split: data,
            limit,
            device,
            save: save ?? false,
            ...(protocol !== undefined && { protocol }),
          },
          session.work,
        );
        session.print(result, describeCheck(result, save ?? false));
      }),
    );
}

interface ExportOptions extends ShapeOptions, InputOptions {
  readonly format: ExportFormat;
  readonly output: string;
  readonly checkpoint?: number | 'best' | 'last';
  readonly model?: string;
  readonly pixels?: PixelType;
  readonly features?: string[];
  readonly overwrite?: boolean;
}

function addExportCommand(weights: Command): void {
  addInputOptions(
    addShapeOptions(
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
          new Option('--pixels <type>', 'number format of the pictures; default: uint8, for tfjs int32').choices(
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
      const { format, output, checkpoint, model, pixels, features, overwrite } = options;
      const { entry, rename, size, classes, channels } = options;
      const input = inputOf(options);
      const card = await session.studio.weights.export(
        {
          weights: text,
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
          options: networkOf('', options).options ?? {},
          exportedBy: `Quorum ${packageCard.version}`,
        },
        session.work,
      );
      session.print(card, describeExport(card, output));
    }),
  );
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
          fed ? `inside: ${fed}` : 'no preprocessing inside: how these weights want their pictures is not known',
        ]
      : [fed ? `to be fed as ${fed}` : 'how they want their pictures is not known']),
    `${classNames ? `${classNames.length} class names` : 'no class names'}; ` +
      `${metrics.length} measured figures in the card`,
    ...notes,
  ]
    .map(printable)
    .join('\n');
}

function addShapeOptions(command: Command): Command {
  return addRenameOption(command)
    .option('--entry <name>', 'entry of a training checkpoint, such as state_dict_ema')
    .option('--size <pixels>', "side that the weights were trained at; default: the network's own", wholeNumber)
    .option('--classes <n>', 'default: what the file has', wholeNumber)
    .option('--channels <n>', 'default: what the file has', wholeNumber)
    .option('--width-factor <x>', 'as the weights were trained', decimalNumber)
    .option('--depth-factor <x>', 'as the weights were trained', decimalNumber)
    .option('--head-width <n>', 'as the weights were trained', wholeNumber)
    .option('--pool-grid <n>', 'as the weights were trained', wholeNumber)
    .option('--small-input', 'as the weights were trained');
}

function networkOf(
  model: string,
  { size, classes, channels, widthFactor, depthFactor, headWidth, poolGrid, smallInput }: ShapeOptions,
): ImportWeightsRequest['network'] {
  return {
    model,
    ...(size !== undefined && { size }),
    ...(classes !== undefined && { classes }),
    ...(channels !== undefined && { channels }),
    options: {
      ...(widthFactor !== undefined && { widthFactor }),
      ...(depthFactor !== undefined && { depthFactor }),
      ...(headWidth !== undefined && { headWidth }),
      ...(poolGrid !== undefined && { poolGrid }),
      ...(smallInput !== undefined && { smallInput }),
    },
  };
}
