/** NumPy's .npz: a zip of .npy members. */
import { readNpy } from './npy.ts';
import type { PickleFindings } from './pickle/pickledTensors.ts';
import type { WeightTensor } from './weightFile.ts';
import type { ZipEntry } from './zip.ts';

export function isNpz(entries: ReadonlyMap<string, ZipEntry>): boolean {
  return entries.size > 0 && [...entries.keys()].every((name) => name.endsWith('.npy'));
}

/**
 * Tensors by member name without `.npy`; a member that is a pickled dict gives `member/key`. Stored members stay on
 * disk; compressed ones are inflated when read.
 * @throws {StudioError} as `readNpy` and `openZip`
 */
export function readNpz(entries: ReadonlyMap<string, ZipEntry>, found: PickleFindings): Map<string, WeightTensor> {
  const tensors = new Map<string, WeightTensor>();
  for (const [file, entry] of entries) {
    const name = file.slice(0, -'.npy'.length);
    for (const [key, tensor] of readNpy(entry.open(), name, found)) {
      if (key === name)
        tensors.set(name, {
          ...tensor,
          read: () => readNpy(entry.open(), name, { notes: [], parts: [] }).get(name)!.read(),
        });
      else tensors.set(`${name}/${key}`, tensor);
    }
  }
  return tensors;
}
