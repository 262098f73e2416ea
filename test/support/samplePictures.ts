/** Pictures of the shipped Fashion-MNIST sample as a split in memory. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decodePicture } from '../../core/data/pictures/decodePicture.ts';
import type { PackedSplit } from '../../core/data/types.ts';

const TRAIN = resolve(import.meta.dirname, '../../resources/samples/fashion-mnist-mini/train');
export const SAMPLE_CLASSES: readonly string[] = readdirSync(TRAIN).sort();

/** The first `perClass` training pictures of each class, RGB, resized to `size`; class after class in turn. */
export async function samplePictures(size: number, perClass: number): Promise<PackedSplit> {
  const files = SAMPLE_CLASSES.map((name) => readdirSync(join(TRAIN, name)).sort().slice(0, perClass));
  const paths: string[] = [];
  const classes: number[] = [];
  const pictures: Uint8Array[] = [];
  for (let i = 0; i < perClass; i++) {
    for (const [label, name] of SAMPLE_CLASSES.entries()) {
      const path = join(TRAIN, name, files[label]?.[i] ?? '');
      const { pixels } = await decodePicture(readFileSync(path), {
        kind: 'square',
        size,
        fit: 'cover',
        interpolation: 'linear',
      });
      pictures.push(pixels);
      paths.push(path);
      classes.push(label);
    }
  }
  return {
    length: pictures.length,
    bytesPerImage: size * size * 3,
    labels: Int32Array.from(classes),
    pathOf: (i) => paths[i] ?? '',
    read(indices, out) {
      for (let n = 0; n < indices.length; n++)
        out.set(pictures[indices[n] ?? 0] ?? new Uint8Array(), n * size * size * 3);
    },
  };
}
