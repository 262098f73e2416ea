/** `quorum engine`: status, install, allow, test. */
import { Argument, type Command, Option } from 'commander';
import { EngineDevice, EngineFallback, type EngineStatus } from '../../contract/engine.ts';
import { DeviceChoice } from '../../contract/runSpec.ts';
import { printable } from '../format.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { installOptions } from '../prepareEngine.ts';
import { withStudio } from '../session.ts';

export function addEngineCommand(program: Command): void {
  const engine = program.command('engine').description('The engine that computes: status, install, allow, test.');
  engine
    .command('status')
    .description('What is installed, and what an installation would need.')
    .option('--verify', 'read every byte of what is installed')
    .action((options: { verify?: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        const status = await session.studio.engine.status(options);
        session.print(status, describeStatus(status));
      }),
    );
  engine
    .command('install')
    .description("Install the native engine into the user's cache folder.")
    .addOption(new Option('--device <kind>', 'what it computes on').choices(EngineDevice.options).default('cpu'))
    .option('--verify', 'read every byte of an engine that is there already, and repair it')
    .action((options: { device: EngineDevice; verify?: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        const installed = await session.studio.engine.install(options.device, {
          ...installOptions(session),
          ...(options.verify && { verify: true }),
        });
        session.print(
          installed,
          `TensorFlow ${installed.tfVersion} (${installed.device}, ${installed.source}) is ` +
            `installed in ${installed.folder}, ${formatBytes(installed.sizeBytes)}.`,
        );
      }),
    );
  engine
    .command('allow')
    .description('Compute with a slower engine until the right one is installed: cpu in place of the GPU, or wasm.')
    .addArgument(new Argument('<engine>', 'what may compute').choices(EngineFallback.options))
    .action((fallback: EngineFallback, _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        await studio.engine.allowFallback(fallback);
        print(
          { fallback },
          `Work with device auto uses ${fallback === 'cpu' ? 'the CPU' : 'the slow engine (wasm)'} until ` +
            'an engine is installed.',
        );
      }),
    );
  engine
    .command('test')
    .description('Let the engine compute, and compare with known results.')
    .addOption(new Option('--device <kind>', 'what to test').choices(DeviceChoice.options).default('auto'))
    .action((options: { device: DeviceChoice }, command: Command) =>
      withStudio(command, async (session) => {
        const { device, checks } = await session.studio.engine.test(options, session.work);
        const lines = [
          `${device.name} (${device.kind}, ${device.engine} ${device.engineVersion}, ` +
            `${device.threads} threads${device.memoryBytes === null ? '' : `, ${formatBytes(device.memoryBytes)}`})`,
          ...(device.notice ? [device.notice] : []),
          ...checks.map((check) => `${check.ok ? 'ok    ' : 'FAILED'}  ${check.name}: ${check.detail}`),
        ];
        session.print({ device, checks }, lines.map(printable).join('\n'));
        if (checks.some((check) => !check.ok)) process.exitCode = 1;
      }),
    );
}

function describeStatus(status: EngineStatus): string {
  const lines = [
    `${status.platform}, ${status.supported ? `native engine: TensorFlow ${status.tfVersion}` : 'no native engine for this platform; wasm computes'}`,
    ...status.devices.map(
      (device) =>
        `${device.device}  ${device.state}${device.state === 'installed' ? `: TensorFlow ${device.tfVersion} (${device.source}), ` + `${formatBytes(device.sizeBytes)} in ${device.folder}` : device.downloadBytes > 0 ? `: ${formatBytes(device.downloadBytes)} to download` : ''}${device.problems.map((problem) => `\n     ${problem}`).join('')}`,
    ),
    ...status.gpus.map((gpu) => `GPU  ${gpu.name}, ${formatBytes(gpu.memoryBytes)}, driver ${gpu.driver}`),
    ...(status.gpuProblem ? [`GPU  ${status.gpuProblem}`] : status.gpus.length === 0 ? ['GPU  none found'] : []),
    ...status.tools.map(
      (tool) => `${tool.tool}  ${tool.found ?? `${tool.problem}${tool.remedy ? ` ${tool.remedy}` : ''}`}`,
    ),
    `cache  ${status.cacheFolder}`,
  ];
  return lines.join('\n');
}
