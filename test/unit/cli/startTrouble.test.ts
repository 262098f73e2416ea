/** Limits under which the program cannot even be loaded. */
import { expect, test } from 'vitest';
import { descriptorTrouble, loadingTrouble } from '../../../cli/startTrouble.ts';

test('where enough files can be opened nothing is said', () => {
  expect(descriptorTrouble()).toBeNull();
});

test.each([
  [Object.assign(new Error('EMFILE: too many open files, open x'), { code: 'EMFILE' }), 'file.tooManyOpen'],
  [Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' }), 'run.outOfMemory'],
  [new Error('libvips-cpp.so: cannot allocate memory in static TLS block'), 'run.outOfMemory'],
  // no limit is set here: then it is the disk, which holds no programs
  [new Error('libvips-cpp.so: failed to map segment from shared object'), undefined],
  [new TypeError('a fault of ours'), undefined],
])('%s', (error, code) => {
  expect(loadingTrouble(error)?.code).toBe(code);
});
