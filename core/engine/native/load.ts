/** A SavedModel folder for as long as the binding needs it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryError, temporaryFolder } from '../../files/temporaryFolder.ts';
import type { GraphNode } from '../graph.ts';
import { savedModel } from './savedModel.ts';

/** Calls `use` with a folder that holds the nodes as a SavedModel, and removes it after. */
export function withSavedModel<R>(nodes: readonly GraphNode[], use: (directory: string) => R, device = ''): R {
  const directory = temporaryFolder('program');
  try {
    writeProgram(join(directory, 'saved_model.pb'), savedModel(nodes, device));
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function writeProgram(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw temporaryError(error);
  }
}
