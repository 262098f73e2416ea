/** The environment variables TensorFlow's library needs before it is loaded. */
import path from 'node:path';
import type { InstalledEngine } from './installation.ts';
import { nvidiaLibraryFolders } from './wheels.ts';

/**
 * What to add to the environment of a job process, and of no other: the host never loads TensorFlow. A value the user
 * has set wins; `LD_LIBRARY_PATH` and `XLA_FLAGS` are extended.
 */
export function engineEnvironment(
  installed: Pick<InstalledEngine, 'device' | 'folder' | 'source'>,
  inherited: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const gpu = installed.device === 'gpu';
  const environment: Record<string, string> = {
    // errors only; one line about oneDNN comes before TensorFlow looks at this
    TF_CPP_MIN_LOG_LEVEL: inherited['TF_CPP_MIN_LOG_LEVEL'] ?? '2',
    // off by default on processors without VNNI, where it is the faster path all the same (and has the grouped
    // gradients)
    TF_ENABLE_ONEDNN_OPTS: inherited['TF_ENABLE_ONEDNN_OPTS'] ?? '1',
  };
  const libraries = [path.join(installed.folder, 'lib')];
  if (gpu) {
    // take memory as it is needed, not all of it at start: the display and other programs use the same card
    environment['TF_FORCE_GPU_ALLOW_GROWTH'] = inherited['TF_FORCE_GPU_ALLOW_GROWTH'] ?? 'true';
    if (installed.source === 'wheel') {
      libraries.push(...nvidiaLibraryFolders('gpu').map((folder) => path.join(installed.folder, folder)));
      environment['XLA_FLAGS'] = xlaFlags(
        inherited['XLA_FLAGS'] ?? '',
        path.join(installed.folder, 'nvidia', 'cuda_nvcc'),
      );
    }
  } else {
    environment['CUDA_VISIBLE_DEVICES'] = '-1';
  }
  // first, so that ours win over another TensorFlow or CUDA on the user's own path: that path precedes the libraries'
  // RUNPATH
  environment['LD_LIBRARY_PATH'] = [
    ...libraries,
    ...(inherited['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean),
  ].join(':');
  return environment;
}

/**
 * Names the folder of ptxas and libdevice, unless the user names one, or the path has blanks, which XLA would split at.
 */
function xlaFlags(inherited: string, cudaFolder: string): string {
  if (inherited.includes('--xla_gpu_cuda_data_dir') || /\s/.test(cudaFolder)) return inherited;
  return [inherited, `--xla_gpu_cuda_data_dir=${cudaFolder}`].filter(Boolean).join(' ');
}
