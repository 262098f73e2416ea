/**
 * The samples with every fifth image of each class: for browser tests that need images, a run and its curves, whatever
 * they show. They are imported and trained on in a fifth of the time.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const EACH = 5;

/** Writes them to a new temporary folder, which it returns. */
export function writeFewSamples(samples: string): string {
  const few = mkdtempSync(join(tmpdir(), 'quorum-samples-'));
  for (const sample of readdirSync(samples)) copyFew(join(samples, sample), join(few, sample));
  return few;
}

function copyFew(from: string, to: string): void {
  const files = readdirSync(from, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const folders = Map.groupBy(files, ({ parentPath }) => parentPath);
  for (const [folder, inFolder] of folders)
    for (const [at, name] of inFolder
      .map((file) => file.name)
      .sort()
      .entries()) {
      if (name.endsWith('.png') && at % EACH !== 0) continue;
      const target = join(to, relative(from, join(folder, name)));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(folder, name), target);
    }
}
