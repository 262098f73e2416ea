/**
 * Gradients of grouped convolutions in bfloat16 on a CPU. TensorFlow has them in oneDNN alone, which computes bfloat16
 * only where the processor has AVX-512 or AVX-NE-CONVERT (`IsDataTypeSupportedByOneDNNOnThisCPU` in TensorFlow's
 * mkl_util.h); elsewhere its own kernels end with "Gradients for grouped convolutions are not supported on CPU".
 */
import { existsSync, readFileSync } from 'node:fs';
import type { DeviceReport } from '../../contract/run.ts';

const BFLOAT16_FEATURES = ['avx512f', 'avx_ne_convert'];
const CPU_INFO = '/proc/cpuinfo';

/** Whether they have to be computed in float32. Where the processor's features are not known, they are. */
export function groupedGradientsNeedFloat32(device: DeviceReport['kind'], features = processorFeatures()): boolean {
  return device === 'cpu' && !BFLOAT16_FEATURES.some((feature) => features.has(feature));
}

/** Names as Linux gives them: `avx2`, `avx512f`. */
function processorFeatures(): ReadonlySet<string> {
  if (!existsSync(CPU_INFO)) return new Set();
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync(CPU_INFO, 'utf8'))?.[1] ?? '';
  return new Set(flags.trim().split(/\s+/));
}
