import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLocalLibrary } from '../../../core/provision/localLibrary.ts';
import { temporaryFolder } from './temporaryFolder.ts';

function write(names: readonly string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), '');
  }
  return folder;
}

describe("a TensorFlow of the user's own", () => {
  test('as the C archive is laid out', () => {
    const folder = write([
      'include/tensorflow/c/c_api.h',
      'lib/libtensorflow.so',
      'lib/libtensorflow.so.2',
      'lib/libtensorflow_framework.so',
      'lib/libtensorflow_framework.so.2',
    ]);
    expect(readLocalLibrary(folder)).toEqual({
      includeFolder: path.join(folder, 'include'),
      links: Object.fromEntries(
        ['libtensorflow.so', 'libtensorflow.so.2', 'libtensorflow_framework.so', 'libtensorflow_framework.so.2'].map(
          (name) => [`lib/${name}`, path.join(folder, 'lib', name)],
        ),
      ),
    });
  });

  test('as a wheel is laid out: the name the binding asks for is added', () => {
    const folder = write(['include/tensorflow/c/c_api.h', 'libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']);
    const { links } = readLocalLibrary(folder);
    expect(links['lib/libtensorflow.so']).toBe(path.join(folder, 'libtensorflow_cc.so.2'));
    expect(links['lib/libtensorflow_cc.so.2']).toBe(path.join(folder, 'libtensorflow_cc.so.2'));
    expect(links['lib/libtensorflow_framework.so.2']).toBe(path.join(folder, 'libtensorflow_framework.so.2'));
  });

  test.each([
    ['no libraries', ['include/tensorflow/c/c_api.h'], /libtensorflow\.so/],
    ['no headers', ['lib/libtensorflow.so', 'lib/libtensorflow_framework.so'], /c_api\.h/],
    ['no framework', ['include/tensorflow/c/c_api.h', 'lib/libtensorflow.so'], /libtensorflow_framework/],
  ])('with %s is refused', (_what, names, message) => {
    expect(() => readLocalLibrary(write(names))).toThrow(message);
  });
});
