import path from 'node:path';
import { projectRoot } from './bootstrap.mjs';
import { ensureProgram } from './programBuild.mjs';

/**
 * The command line's first file: of the built program, or the source where none can be built, as in a folder that is
 * somebody else's.
 * @param {string} node Node 24
 * @param {(line: string) => void} say
 */
export function commandLine(node, say) {
  try {
    const folder = ensureProgram(projectRoot, node, (seconds) => {
      say(`built (${seconds.toFixed(1)} s)`);
    });
    return path.join(folder, 'cli.mjs');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`starts from its sources, which takes longer: it could not be built. ${reason}`);
    return path.join(projectRoot, 'cli', 'main.ts');
  }
}
