/** What is installed, what is wrong with it, and what an installation would need. */
import { existsSync } from 'node:fs';
import type { EngineDevice, EngineDeviceStatus, EngineStatus, EngineTool } from '../../contract/engine.ts';
import { StudioError } from '../../contract/errors.ts';
import { cacheFolder } from './cacheFolder.ts';
import { findCompiler } from './compile.ts';
import { findGpus } from './gpu.ts';
import { missingDownloadBytes, platformSupported } from './install.ts';
import { engineFolder, fullProblems, installedEngine, quickProblems, readManifest } from './installation.ts';
import { findPython } from './python.ts';
import { TF_VERSION } from './wheels.ts';

export interface StatusOptions {
  /** Reads every byte of what is installed (seconds), instead of sizes only. */
  readonly verify?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** Looks at everything, changes nothing. */
export async function engineStatus(options: StatusOptions = {}): Promise<EngineStatus> {
  const { env = process.env, signal } = options;
  const [{ gpus, problem }, cpu, gpu, python, compiler] = await Promise.all([
    findGpus({ env, signal }),
    deviceStatus('cpu', options),
    deviceStatus('gpu', options),
    tool('python', async () => {
      const client = await findPython({ env, signal });
      return `${client.program} (pip ${client.pipVersion})`;
    }),
    tool('compiler', () => findCompiler({ env, signal })),
  ]);
  return {
    platform: `${process.platform}-${process.arch}`,
    supported: platformSupported(),
    cacheFolder: cacheFolder(env),
    tfVersion: TF_VERSION,
    devices: [cpu, gpu],
    gpus,
    gpuProblem: problem,
    tools: [python, compiler],
  };
}

async function deviceStatus(
  device: EngineDevice,
  { verify = false, env = process.env, signal }: StatusOptions,
): Promise<EngineDeviceStatus> {
  const folder = engineFolder(device, env);
  const manifest = readManifest(folder);
  if (!manifest) {
    const there = existsSync(folder);
    return {
      device,
      state: there ? 'damaged' : 'missing',
      source: null,
      tfVersion: null,
      folder,
      sizeBytes: 0,
      downloadBytes: await missingDownloadBytes(device, env),
      problems: there ? ['its manifest is missing or cannot be read'] : [],
    };
  }
  const problems = verify ? await fullProblems(folder, manifest, signal) : quickProblems(folder, manifest);
  const { sizeBytes, source, tfVersion } = installedEngine(folder, manifest);
  return {
    device,
    state: problems.length > 0 ? 'damaged' : 'installed',
    source,
    tfVersion,
    folder,
    sizeBytes,
    downloadBytes: problems.length > 0 ? await missingDownloadBytes(device, env) : 0,
    problems,
  };
}

async function tool(name: EngineTool['tool'], find: () => Promise<string>): Promise<EngineTool> {
  try {
    return { tool: name, found: await find(), problem: null, remedy: null };
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return { tool: name, found: null, problem: error.message, remedy: error.remedy ?? null };
  }
}
