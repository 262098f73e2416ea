/** `quorum bench`: throughput of a network, alone or beside other frameworks. */
import { type Command, Option } from 'commander';
import type { DeviceChoice } from '../../contract/deviceChoice.ts';
import type { BenchRequest } from '../../core/studio/engine/bench.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { decimalNumber, wholeNumber } from '../options/optionValues.ts';
import { onlyBeside } from '../options/onlyBeside.ts';
import { comparePeers, describeComparison } from '../peers.ts';
import { prepareEngine } from '../prepareEngine.ts';
import { withStudio } from '../session.ts';
import { deviceOption } from '../options/deviceOption.ts';

interface BenchOptions {
  readonly model: string;
  readonly size: number;
  readonly batch: number;
  readonly classes: number;
  readonly precision: 'f32' | 'bf16';
  readonly mode: 'train' | 'infer';
  readonly device: DeviceChoice;
  readonly steps: number;
  readonly rounds: number;
  readonly threads?: number;
  readonly widthFactor?: number;
  readonly peers?: boolean;
  readonly repeats: number;
}

export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .description('Measure the throughput of a network on random data.')
    .option('--model <name>', 'network', 'vgg11')
    .option('--size <pixels>', 'side of the images', wholeNumber, 64)
    .option('--batch <n>', 'batch size', wholeNumber, 64)
    .option('--classes <n>', 'classes', wholeNumber, 200)
    .addOption(new Option('--precision <kind>', 'number format').choices(['f32', 'bf16']).default('f32'))
    .addOption(
      new Option('--mode <kind>', 'training steps, or forward passes').choices(['train', 'infer']).default('train'),
    )
    .addOption(deviceOption('what computes').default('auto'))
    .option('--steps <n>', 'steps per round', wholeNumber, 3)
    .option('--rounds <n>', 'rounds; the best one counts', wholeNumber, 5)
    .option('--threads <n>', 'threads; default: all cores', wholeNumber)
    .option('--width-factor <x>', "multiplies every convolution's filters", decimalNumber)
    .option('--peers', 'beside Keras and PyTorch, alternating (python3, or QUORUM_PEER_PYTHON)')
    .option('--repeats <n>', 'with --peers: how often each is measured; the best counts', wholeNumber, 2)
    .action((options: BenchOptions, command: Command) =>
      withStudio(command, async (session) => {
        onlyBeside(command, 'peers', ['repeats']);
        await prepareEngine(session, options.device);
        const request: BenchRequest = {
          model: options.model,
          size: options.size,
          batchSize: options.batch,
          classes: options.classes,
          precision: options.precision,
          mode: options.mode,
          device: options.device,
          steps: options.steps,
          rounds: options.rounds,
          ...(options.threads !== undefined && { threads: options.threads }),
          ...(options.widthFactor !== undefined && { options: { widthFactor: options.widthFactor } }),
        };
        if (options.peers) {
          const comparison = await comparePeers(session, request, options.repeats);
          session.print(comparison, describeComparison(comparison));
          return;
        }
        const result = await session.studio.bench.run(request, session.work);
        if (result.device.notice) session.progress.say(result.device.notice);
        session.print(
          result,
          `${result.model} ${result.size}×${result.size}, batch ${result.batch}, ` +
            `${result.precision}, ${result.mode}: ${result.imagesPerSec.toFixed(1)} img/s (median ` +
            `${result.median.toFixed(1)}) on ` +
            `${result.device.name} (${result.device.engine} ${result.device.engineVersion}), ` +
            `${formatBytes(result.peakRssBytes)} at most, first step after ` +
            `${result.firstStepSeconds.toFixed(1)} s`,
        );
      }),
    );
}
