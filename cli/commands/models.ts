/** `quorum models`: list and describe. */
import { type Command, Option } from 'commander';
import type { ModelDescription } from '../../core/studio/models.ts';
import { formatBytes, formatCount, formatTable } from '../format.ts';
import { decimalNumber, wholeNumber } from '../optionValues.ts';
import { withStudio } from '../session.ts';

interface DescribeOptions { readonly size?: number; readonly classes?: number; readonly channels?: number; readonly batch?: number; readonly precision: 'f32' | 'bf16'; readonly poolGrid?: number; readonly headWidth?: number; readonly dropout?: number; readonly widthFactor?: number }

export function addModelsCommand(program: Command): void {
  const models = program.command('models').description('Networks: list, describe.');
  models.command('list').description('Every network by name.').action((_options: unknown, command: Command) => withStudio(command, async (session) => {
    const cards = session.studio.models.list();
    session.print(cards, formatTable(['name', 'family', 'title', 'size', 'least', 'paper'], cards.map((card) => [card.name, card.family, card.title, String(card.nativeSize), String(card.minSize), card.paper]), ['size', 'least']));
  }));
  models.command('describe <name>').description('Layers, shapes, parameters, multiply-adds, memory.')
    .option('--size <pixels>', 'side of the picture; default: the network\'s own', wholeNumber)
    .option('--classes <n>', 'default 1000', wholeNumber)
    .option('--channels <n>', 'default 3', wholeNumber)
    .option('--batch <n>', 'for the memory; default 64', wholeNumber)
    .addOption(new Option('--precision <kind>', 'for the memory').choices(['f32', 'bf16']).default('f32'))
    .option('--pool-grid <n>', 'cells per side of the pooling before the head', wholeNumber)
    .option('--head-width <n>', 'width of the hidden dense layers', wholeNumber)
    .option('--dropout <rate>', 'in the head', decimalNumber)
    .option('--width-factor <x>', 'multiplies every convolution\'s filters', decimalNumber)
    .action((name: string, options: DescribeOptions, command: Command) => withStudio(command, async (session) => {
      const { size, classes, channels, batch, precision, poolGrid, headWidth, dropout, widthFactor } = options;
      const description = session.studio.models.describe({
        name, precision, ...(size !== undefined && { size }), ...(classes !== undefined && { classes }), ...(channels !== undefined && { channels }), ...(batch !== undefined && { batchSize: batch }),
        options: { ...(poolGrid !== undefined && { poolGrid }), ...(headWidth !== undefined && { headWidth }), ...(dropout !== undefined && { dropout }), ...(widthFactor !== undefined && { widthFactor }) },
      });
      session.print(description, describe(description));
    }));
}

function describe({ card, input, classes, layers, learnable, statistics, multiplyAdds, batchSize, precision, memory }: ModelDescription): string {
  const shape = (sides: readonly number[]): string => sides.join('×');
  const table = formatTable(
    ['layer', 'kind', 'kernel', 'stride', 'output', 'parameters', 'multiply-adds', 'sees'],
    layers.map((layer) => [layer.name, layer.kind, layer.kernel ? shape(layer.kernel) : '', layer.stride ? String(layer.stride) : '', shape(layer.output), layer.learnable ? layer.learnable.toLocaleString('en') : '', layer.multiplyAdds ? layer.multiplyAdds.toLocaleString('en') : '', layer.receptiveField ? `${layer.receptiveField} px` : '']),
    ['stride', 'parameters', 'multiply-adds', 'sees'],
  );
  const parts = [['weights', memory.weightsBytes], ['gradients', memory.gradientsBytes], ['Adam', memory.optimizerBytes], ['activations', memory.activationsBytes], ['work space', memory.workBytes]] as const;
  return [
    `${card.title} (${card.name}), input ${shape(input)}, ${classes} classes. ${card.notes}`, '', table, '',
    `${learnable.toLocaleString('en')} parameters${statistics ? ` and ${statistics.toLocaleString('en')} moving averages` : ''}, ${formatCount(multiplyAdds)} multiply-adds a picture.`,
    `Memory of a training step, batch ${batchSize}, ${precision}: about ${formatBytes(memory.totalBytes)} (${parts.map(([name, bytes]) => `${name} ${formatBytes(bytes)}`).join(', ')}).`,
    card.paper,
  ].join('\n');
}
