/** `quorum engine allow`. */
import { Argument, type Command } from 'commander';
import { EngineFallback } from '../../../contract/engine.ts';
import { withStudio } from '../../session.ts';

export function addEngineAllowCommand(engine: Command): void {
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
}
