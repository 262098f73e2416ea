/** Small files that are whole or not there, whatever happens meanwhile: written beside, synced, renamed, their folder synced. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Replaces the file at `path`, in a folder that is there, by `text`. */
export function writeDurably(path: string, text: string): void {
  const temporary = `${path}.writing`;
  const bytes = Buffer.from(text);
  const file = openSync(temporary, 'w');
  try {
    // One call may write less than it was given, for instance just before the disk is full.
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** A name in a folder lasts only once the folder is synced; Windows cannot, and need not. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
