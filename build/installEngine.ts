/**
 * Installs the engines this machine can use: CPU always, GPU where an NVIDIA GPU is found. Says on stderr what it does; where it fails,
 * the reason and the remedy, and that wasm computes instead.
 *
 * Options: `--quick` looks at nothing and says nothing when the CPU engine is there.
 * Exit code: 0 when the CPU engine is there, 1 when not, 130 after Ctrl-C.
 */
import type { EngineDevice } from '../contract/engine.ts';
import { StudioError } from '../contract/errors.ts';
import { findGpus } from '../core/provision/gpu.ts';
import { installEngine } from '../core/provision/install.ts';
import { locateEngine } from '../core/provision/installation.ts';
import { InstallDisplay } from './installDisplay.ts';

const abort = new AbortController();
process.once('SIGINT', () => { abort.abort(); });
process.once('SIGTERM', () => { abort.abort(); });

async function install(device: EngineDevice): Promise<boolean> {
  const display = new InstallDisplay(device, process.stderr);
  try {
    await installEngine(device, { onProgress: (progress) => { display.show(progress); }, signal: abort.signal });
    return true;
  } catch (error) {
    if (abort.signal.aborted) process.exit(130);
    if (!(error instanceof StudioError)) throw error;
    display.end();
    const instead = device === 'gpu' ? 'Going on with the CPU.' : 'Going on with the wasm engine: the same networks, many times slower.';
    process.stderr.write(`\n! The TensorFlow engine (${device}) is not installed.\n  ${error.message}\n${error.remedy ? `  ${error.remedy}\n` : ''}  ${instead} To try again: npx quorum engine install --device ${device}\n\n`);
    return false;
  } finally {
    display.end();
  }
}

if (!process.argv.includes('--quick') || !locateEngine('cpu')) {
  const cpu = await install('cpu');
  if (cpu && !locateEngine('gpu')) {
    const { gpus, problem } = await findGpus();
    if (problem) process.stderr.write(`! The GPU is not used: ${problem}\n`);
    else if (gpus.length > 0) await install('gpu');
  }
  process.exitCode = cpu ? 0 : 1;
}
