/** `quorum engine status`. */
import type { Command } from 'commander';
import type { EngineStatus } from '../../../contract/engine.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { withStudio } from '../../session.ts';

export function addEngineStatusCommand(engine: Command): void {
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
}

function describeStatus(status: EngineStatus): string {
  const engine = status.supported
    ? `native engine: TensorFlow ${status.tfVersion}`
    : 'no native engine for this platform; wasm computes';
  const lines = [
    `${status.platform}, ${engine}`,
    ...status.devices.map(describeDevice),
    ...status.gpus.map(
      (gpu) => `GPU ${gpu.index}  ${gpu.name}, ${formatBytes(gpu.memoryBytes)}, driver ${gpu.driver}, ${gpu.uuid}`,
    ),
    ...(status.gpuProblem ? [`GPU  ${status.gpuProblem}`] : status.gpus.length === 0 ? ['GPU  none found'] : []),
    ...status.tools.map(
      (tool) => `${tool.tool}  ${tool.found ?? `${tool.problem}${tool.remedy ? ` ${tool.remedy}` : ''}`}`,
    ),
    `cache  ${status.cacheFolder}`,
  ];
  return lines.join('\n');
}

function describeDevice(device: EngineStatus['devices'][number]): string {
  const problems = device.problems.map((problem) => `\n     ${problem}`).join('');
  return `${device.device}  ${device.state}${detailOf(device)}${problems}`;
}

function detailOf(device: EngineStatus['devices'][number]): string {
  if (device.state === 'installed')
    return `: TensorFlow ${device.tfVersion} (${device.source}), ${formatBytes(device.sizeBytes)} in ${device.folder}`;
  return device.downloadBytes > 0 ? `: ${formatBytes(device.downloadBytes)} to download` : '';
}
