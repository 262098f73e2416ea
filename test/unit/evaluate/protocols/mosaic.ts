/** The pictures of build/goldens/resize/makeResizeGoldens.py: mosaics of the sample pictures. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { decodePicture } from '../../../../core/data/pictures/decodePicture.ts';
import type { Picture } from '../../../../core/evaluate/protocols/picture.ts';

const ROOT = new URL('../../../../resources/samples/noto-emoji/', import.meta.url);
const TILE = 64;
const files = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(new URL(`${name}/`, ROOT))
      .filter((file) => file.endsWith('.png'))
      .map((file) => `${name}/${file}`),
  )
  .sort((a, b) => (a < b ? -1 : 1));

export async function mosaic(n: number): Promise<Picture> {
  const width = 40 + ((n * 53) % 320);
  const height = 40 + ((n * 37 + 11 * (n % 3)) % 290);
  const columns = Math.ceil(width / TILE);
  const rows = Math.ceil(height / TILE);
  const pixels = new Uint8Array(width * height * 3);
  for (let k = 0; k < rows * columns; k++) {
    const tile = await decodePicture(await readFile(new URL(files[(11 * n + k) % files.length]!, ROOT)), {
      kind: 'native',
      maxSide: TILE,
    });
    const top = TILE * Math.floor(k / columns);
    const left = TILE * (k % columns);
    const wide = Math.min(TILE, width - left);
    for (let y = 0; y < Math.min(TILE, height - top); y++)
      pixels.set(tile.pixels.subarray(y * TILE * 3, (y * TILE + wide) * 3), ((top + y) * width + left) * 3);
  }
  return { pixels, width, height, channels: 3 };
}
