import { expect, test } from 'vitest';
import { groupedGradientsNeedFloat32 } from '../../../core/engine/groupedGradients.ts';

test.each([
  ['a CPU with AVX2 only', 'cpu', ['avx', 'avx2', 'fma'], true],
  ['a CPU with AVX-512', 'cpu', ['avx2', 'avx512f', 'avx512_bf16'], false],
  ['a CPU with AVX-NE-CONVERT', 'cpu', ['avx2', 'avx_ne_convert'], false],
  ['a CPU that says nothing of itself', 'cpu', [], true],
  ['a GPU', 'gpu', [], false],
  ['WebAssembly, which has float32 alone', 'wasm', [], false],
] as const)('%s', (_, device, features, expected) => {
  expect(groupedGradientsNeedFloat32(device, new Set(features))).toBe(expected);
});
