/** `quorum models`: list and describe. */
import { type Command, Option } from 'commander';
import { formatTable } from '../format.ts';
import { describeModel } from '../modelText.ts';
import { decimalNumber, wholeNumber } from '../options/optionValues.ts';
import { withStudio } from '../session.ts';

interface DescribeOptions {
  readonly size?: number;
  readonly classes?: number;
  readonly channels?: number;
  readonly batch?: number;
  readonly precision: 'f32' | 'bf16';
  readonly poolGrid?: number;
  readonly headWidth?: number;
  readonly dropout?: number;
  readonly widthFactor?: number;
  readonly depthFactor?: number;
  readonly smallInput?: boolean;
}

export function addModelsCommand(program: Command): void {
  const models = program.command('models').description('Networks: list, describe.');
  models
    .command('list')
    .description('Every network by name.')
    .option('--family <name>', 'only these')
    .action(({ family }: { family?: string }, command: Command) =>
      withStudio(command, async (session) => {
        const cards = session.studio.models.list().filter((card) => family === undefined || card.family === family);
        session.print(
          cards,
          formatTable(
            ['name', 'family', 'title', 'size', 'least', 'paper'],
            cards.map((card) => [
              card.name,
              card.family,
              card.title,
              String(card.nativeSize),
              String(card.minSize),
              card.paper,
            ]),
            ['size', 'least'],
          ),
        );
      }),
    );
  models
    .command('describe <name>')
    .description('Blocks, layers, shapes, parameters, multiply-adds, memory, published accuracy, licence.')
    .option('--size <pixels>', "side of the image; default: the network's own", wholeNumber)
    .option('--classes <n>', 'default 1000', wholeNumber)
    .option('--channels <n>', 'default 3', wholeNumber)
    .option('--batch <n>', 'for the memory; default 64', wholeNumber)
    .addOption(new Option('--precision <kind>', 'for the memory').choices(['f32', 'bf16']).default('f32'))
    .option('--pool-grid <n>', 'cells per side of the pooling before the head', wholeNumber)
    .option('--head-width <n>', 'width of the hidden dense layers', wholeNumber)
    .option('--dropout <rate>', 'in the head', decimalNumber)
    .option('--width-factor <x>', "multiplies every convolution's filters", decimalNumber)
    .option('--depth-factor <x>', 'multiplies the blocks of every stage', decimalNumber)
    .option('--small-input', 'stem for images of 32 and 64 pixels')
    .action((name: string, options: DescribeOptions, command: Command) =>
      withStudio(command, async (session) => {
        const { size, classes, channels, batch, precision, ...network } = options;
        const description = session.studio.models.describe({
          name,
          precision,
          ...(size !== undefined && { size }),
          ...(classes !== undefined && { classes }),
          ...(channels !== undefined && { channels }),
          ...(batch !== undefined && { batchSize: batch }),
          options: network,
        });
        session.print(description, describeModel(description));
      }),
    );
}
