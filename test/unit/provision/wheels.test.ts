import path from 'node:path';
import { expect, test } from 'vitest';
import { LIBRARY_LINKS, nvidiaLibraryFolders, TF_VERSION, wheelsFor } from '../../../core/provision/wheels.ts';

const all = [...wheelsFor('cpu'), ...wheelsFor('gpu')];

test.each(all.map((wheel) => [wheel.file, wheel] as const))(
  '%s is pinned by name, version, size and hash',
  (file, wheel) => {
    expect(file.startsWith(`${wheel.project.replaceAll('-', '_')}-${wheel.version}-`)).toBe(true);
    expect(file).toMatch(/manylinux\w*_x86_64\.whl$/);
    expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(wheel.sizeBytes).toBeGreaterThan(1e6);
    expect(wheel.members.length).toBeGreaterThan(0);
  },
);

test('no two wheels share a hash, and both TensorFlows are the pinned one', () => {
  expect(new Set(all.map((wheel) => wheel.sha256)).size).toBe(all.length);
  expect(all.filter((wheel) => wheel.project.startsWith('tensorflow')).map((wheel) => wheel.version)).toEqual([
    TF_VERSION,
    TF_VERSION,
  ]);
});

test.each(['cpu', 'gpu'] as const)(
  'files of the %s engine stay in its folder and do not overwrite each other',
  (device) => {
    const targets = [
      ...wheelsFor(device).flatMap((wheel) => wheel.members.map((member) => member.to)),
      ...Object.keys(LIBRARY_LINKS),
    ];
    for (const target of targets) {
      expect(path.posix.normalize(target)).toBe(target);
      expect(target).toMatch(/^(lib|include|nvidia)\//);
    }
    expect(new Set(targets).size).toBe(targets.length);
  },
);

test('links lead to libraries that are there', () => {
  const libraries = wheelsFor('cpu').flatMap((wheel) => wheel.members.map((member) => member.to));
  for (const [name, target] of Object.entries(LIBRARY_LINKS))
    expect(libraries).toContain(path.posix.join(path.posix.dirname(name), target));
});

test('the GPU engine has a library folder of each NVIDIA wheel but the compiler, the CPU engine none', () => {
  expect(nvidiaLibraryFolders('cpu')).toEqual([]);
  expect(nvidiaLibraryFolders('gpu')).toEqual(
    [
      'cublas',
      'cuda_cupti',
      'cuda_nvrtc',
      'cuda_runtime',
      'cudnn',
      'cufft',
      'curand',
      'cusolver',
      'cusparse',
      'nccl',
      'nvjitlink',
    ].map((name) => `nvidia/${name}/lib`),
  );
});
