/** `quorum engine test`. */
import type { Command } from 'commander';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';
import { deviceOption } from '../../options/deviceOption.ts';

export function addEngineTestCommand(engine: Command): void {
  engine
    .command('test')
    .description('Run the engine and compare with known results.')
    .addOption(deviceOption('what to test').default('auto'))
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
