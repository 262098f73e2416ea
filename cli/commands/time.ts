/** `quorum time`: milliseconds a batch, forward and backward apart. */
import { type Command, Option } from 'commander';
import type { DeviceChoice } from '../../contract/deviceChoice.ts';
import { Precision } from '../../contract/runSpec.ts';
import { formatCount, formatTable } from '../format.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { decimalNumber, wholeNumber } from '../options/optionValues.ts';
import { prepareEngine } from '../prepareEngine.ts';
import { withStudio } from '../session.ts';
import { deviceOption } from '../options/deviceOption.ts';

interface TimeOptions {
  readonly model: string;
  readonly size?: number;
  readonly batch: number;
  readonly classes: number;
  readonly channels: number;
  readonly iterations: number;
  readonly warmUp: number;
  readonly precision: Precision;
  readonly device: DeviceChoice;
  readonly threads?: number;
  readonly widthFactor?: number;
}

export function addTimeCommand(program: Command): void {
  program
    .command('time')
    .description('Time one batch of a network, forward and backward apart.')
    .requiredOption('--model <name>', 'network')
    .option('--size <pixels>', "side of the images; default: the network's own", wholeNumber)
    .option('--batch <n>', 'images per batch', wholeNumber, 1)
    .option('--classes <n>', 'classes', wholeNumber, 1000)
    .option('--channels <n>', 'channels', wholeNumber, 3)
    .option('--iterations <n>', 'batches measured', wholeNumber, 100)
    .option('--warm-up <n>', 'batches before that', wholeNumber, 5)
    .addOption(new Option('--precision <kind>', 'number format').choices(Precision.options).default('f32'))
    .addOption(deviceOption('what computes').default('auto'))
    .option('--threads <n>', 'threads; default: all cores', wholeNumber)
    .option('--width-factor <x>', "multiplies every convolution's filters", decimalNumber)
    .action(({ model, size, batch, threads, widthFactor, ...rest }: TimeOptions, command: Command) =>
      withStudio(command, async (session) => {
        await prepareEngine(session, rest.device);
        const result = await session.studio.timing.run(
          {
            model,
            batchSize: batch,
            ...rest,
            ...(size !== undefined && { size }),
            ...(threads !== undefined && { threads }),
            ...(widthFactor !== undefined && { options: { widthFactor } }),
          },
          session.work,
        );
        if (result.device.notice) session.progress.say(result.device.notice);
        const row = (name: string, { median, p10, p90 }: typeof result.forwardMs): string[] => [
          name,
          ...[median, p10, p90].map((ms) => ms.toFixed(2)),
        ];
        session.print(
          result,
          [
            `${result.model}, ${result.size} × ${result.size}, batch ${result.batch}, ` +
              `${result.precision}, ${result.iterations} iterations after ${result.warmUp}, on ` +
              `${result.device.name} (${result.device.engine} ${result.device.engineVersion})`,
            formatTable(
              ['milliseconds', 'median', '10 %', '90 %'],
              [
                row('forward', result.forwardMs),
                row('backward', result.backwardMs),
                row('forward and backward', result.forwardBackwardMs),
              ],
              ['median', '10 %', '90 %'],
            ),
            `${formatCount(result.parameters)} parameters, ` +
              `${formatCount(result.multiplyAdds)} multiply-adds an image; a training step takes ` +
              `about ${formatBytes(result.trainingMemoryBytes)}; the process took ` +
              `${formatBytes(result.peakRssBytes)} at most`,
          ].join('\n'),
        );
      }),
    );
}
