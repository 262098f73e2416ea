import { describe, expect, test } from 'vitest';
import { engineEnvironment } from '../../../core/provision/environment.ts';

const cpu = { device: 'cpu', folder: '/cache/engine/c', source: 'wheel' } as const;
const gpu = { device: 'gpu', folder: '/cache/engine/g', source: 'wheel' } as const;

describe('environment of a job process', () => {
  test('CPU: quiet, oneDNN on, no GPU even where there is one', () => {
    expect(engineEnvironment(cpu, { CUDA_VISIBLE_DEVICES: '0' })).toEqual({
      TF_CPP_MIN_LOG_LEVEL: '2',
      TF_ENABLE_ONEDNN_OPTS: '1',
      CUDA_VISIBLE_DEVICES: '-1',
      LD_LIBRARY_PATH: '/cache/engine/c/lib',
    });
  });

  test("GPU: its libraries before the user's own, memory as needed, ptxas named", () => {
    const environment = engineEnvironment(gpu, {
      LD_LIBRARY_PATH: '/opt/cuda/lib::/usr/local/lib',
      XLA_FLAGS: '--xla_dump_to=/d',
    });
    const libraries = environment['LD_LIBRARY_PATH']?.split(':');
    expect(libraries?.[0]).toBe('/cache/engine/g/lib');
    expect(libraries).toContain('/cache/engine/g/nvidia/cudnn/lib');
    expect(libraries?.slice(-2)).toEqual(['/opt/cuda/lib', '/usr/local/lib']);
    expect(libraries).not.toContain('');
    expect(environment['TF_FORCE_GPU_ALLOW_GROWTH']).toBe('true');
    expect(environment['XLA_FLAGS']).toBe('--xla_dump_to=/d --xla_gpu_cuda_data_dir=/cache/engine/g/nvidia/cuda_nvcc');
    expect(environment).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
  });

  test('what the user has set wins', () => {
    const environment = engineEnvironment(gpu, {
      TF_CPP_MIN_LOG_LEVEL: '0',
      TF_ENABLE_ONEDNN_OPTS: '0',
      TF_FORCE_GPU_ALLOW_GROWTH: 'false',
      XLA_FLAGS: '--xla_gpu_cuda_data_dir=/mine',
    });
    expect(environment).toMatchObject({
      TF_CPP_MIN_LOG_LEVEL: '0',
      TF_ENABLE_ONEDNN_OPTS: '0',
      TF_FORCE_GPU_ALLOW_GROWTH: 'false',
      XLA_FLAGS: '--xla_gpu_cuda_data_dir=/mine',
    });
  });

  test('a folder with blanks is not put where XLA would split it', () => {
    expect(engineEnvironment({ ...gpu, folder: '/my cache/g' }, {})['XLA_FLAGS']).toBe('');
  });

  test("a TensorFlow of the user's own brings its own CUDA", () => {
    const environment = engineEnvironment({ ...gpu, source: 'local' }, {});
    expect(environment['LD_LIBRARY_PATH']).toBe('/cache/engine/g/lib');
    expect(environment).not.toHaveProperty('XLA_FLAGS');
  });
});
