/** `quorum engine install`. */
import { type Command, Option } from 'commander';
import { EngineDevice } from '../../../contract/engine.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { installOptions } from '../../prepareEngine.ts';
import { withStudio } from '../../session.ts';

export function addEngineInstallCommand(engine: Command): void {
  engine
    .command('install')
    .description("Install the native engine into the user's cache folder.")
    .addOption(new Option('--device <kind>', 'device it computes on').choices(EngineDevice.options).default('cpu'))
    .option('--verify', 'read every byte of an installed engine and repair it')
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
}
