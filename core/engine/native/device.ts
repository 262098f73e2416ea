/** Which device really computes: asked of TensorFlow itself, never assumed. */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { StudioError } from '../../../contract/errors.ts';
import type { DeviceReport } from '../../../contract/run.ts';
import { Graph } from '../graph.ts';
import { matMul } from '../ops/arrays.ts';
import { DTYPE, type Binding } from './binding.ts';
import { withSavedModel } from './load.ts';

export function threadCount(): number {
  return Number(process.env['TF_NUM_INTRAOP_THREADS']) || cpus().length;
}

/** @throws {StudioError} engine.noGpu: when a GPU is asked for and TensorFlow does not compute on one */
export function assertDevice(binding: Binding, wanted: 'cpu' | 'gpu'): DeviceReport {
  const common = { engine: 'tensorflow', engineVersion: binding.TF_Version, threads: threadCount() } as const;
  if (wanted === 'gpu') {
    try {
      computesOn(binding, '/device:GPU:0');
    } catch (error) {
      throw new StudioError(
        'engine.noGpu',
        `TensorFlow can't compute on a GPU: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
        {
          remedy: 'Check the driver with nvidia-smi, run `quorum engine install --device gpu`, or choose the CPU.',
          cause: error,
        },
      );
    }
    return { kind: 'gpu', ...gpuIdentity(), ...common, notice: null };
  }
  computesOn(binding, '/device:CPU:0');
  return { kind: 'cpu', name: cpus()[0]?.model.trim() ?? 'CPU', memoryBytes: totalmem(), ...common, notice: null };
}

/** Multiplies two matrices on `device`, pinned there: an error if it does not exist. */
function computesOn(binding: Binding, device: string): void {
  const g = new Graph();
  const a = g.placeholder('a', 'float32', [2, 2]);
  const product = matMul(g, a, a);
  const id = withSavedModel(g.nodes, (directory) => binding.loadSavedModel(directory, 'serve'), device);
  const fed = binding.createTensor([2, 2], DTYPE.float32, Float32Array.of(1, 2, 3, 4));
  try {
    const [out] = binding.runSavedModel(id, [fed], 'a:0', `${product.node.name}:0`);
    if (!out) throw new Error('no result');
    const values = binding.tensorDataSync(out.id);
    binding.deleteTensor(out.id);
    if ([7, 10, 15, 22].some((v, i) => values[i] !== v)) throw new Error(`${device} computes wrongly`);
  } finally {
    binding.deleteTensor(fed);
    binding.deleteSavedModel(id);
  }
}

/** Of the first GPU that this process sees. */
function gpuIdentity(): Pick<DeviceReport, 'name' | 'memoryBytes' | 'uuid' | 'index'> {
  const [visible = '0'] = (process.env['CUDA_VISIBLE_DEVICES'] ?? '0').split(',');
  try {
    const [index = '', uuid = '', name = 'GPU', mib = ''] = execFileSync(
      'nvidia-smi',
      ['--query-gpu=index,uuid,name,memory.total', '--format=csv,noheader,nounits', `--id=${visible.trim()}`],
      { encoding: 'utf8', timeout: 10_000 },
    )
      .trim()
      .split(', ');
    return { index: Number(index), uuid, name, memoryBytes: Number(mib) > 0 ? Number(mib) * 2 ** 20 : null };
  } catch {
    return { name: 'NVIDIA GPU', memoryBytes: null };
  }
}
