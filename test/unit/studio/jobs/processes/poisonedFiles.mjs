/**
 * Loaded into a job process before anything else: files named so kill the process or never open, as a picture can do to
 * a decoder; with TEST_POISON_FROM once that file is there. Writes the file TEST_HANGING before it hangs.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { openSync } = fs;
const from = process.env.TEST_POISON_FROM;
fs.openSync = (path, ...rest) => {
  if (from !== undefined && !fs.existsSync(from)) return openSync(path, ...rest);
  if (String(path).includes('crashes')) process.kill(process.pid, 'SIGSEGV');
  if (process.env.TEST_HANGING && String(path).includes('hangs')) fs.writeFileSync(process.env.TEST_HANGING, '');
  if (String(path).includes('crashes') || String(path).includes('hangs'))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return openSync(path, ...rest);
};
syncBuiltinESMExports();
