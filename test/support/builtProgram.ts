/**
 * The program as users start it: built once for all tests of these sources. Two runs at once build each their own or
 * share one that is whole.
 */
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildProgram, programFolder } from '../../build/programBuild.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** The command line's first file. */
    commandLine: string;
  }
}

export function setup(project: TestProject): void {
  const root = resolve(import.meta.dirname, '../..');
  const folder = programFolder(root);
  buildProgram(folder, root, process.execPath);
  project.provide('commandLine', join(folder, 'cli.mjs'));
}
