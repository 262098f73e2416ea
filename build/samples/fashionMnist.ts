/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747): the first pictures of each class, as gray PNG files.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';

const CLASSES = [
  't-shirt-top',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle-boot',
];
const PER_CLASS = { train: 200, test: 50 };
const FILES = {
  train: { images: 'train-images-idx3-ubyte.gz', labels: 'train-labels-idx1-ubyte.gz' },
  test: { images: 't10k-images-idx3-ubyte.gz', labels: 't10k-labels-idx1-ubyte.gz' },
};

/** Writes `{train,test}/<class>/<position in the original file>.png` into `target` from the unpacked Debian package. */
export async function writeFashionMnist(packageFolder: string, target: string): Promise<void> {
  for (const split of ['train', 'test'] as const) {
    const folder = join(packageFolder, 'usr/share/datasets/fashion-mnist');
    const images = readIdx(join(folder, FILES[split].images), 3);
    const labels = readIdx(join(folder, FILES[split].labels), 1);
    const [, height = 0, width = 0] = images.shape;
    const taken = CLASSES.map(() => 0);
    for (const name of CLASSES) mkdirSync(join(target, split, name), { recursive: true });
    for (let i = 0; i < labels.bytes.length; i += 1) {
      const label = labels.bytes[i]!;
      const name = CLASSES[label];
      if (name === undefined || (taken[label] ?? 0) >= PER_CLASS[split]) continue;
      taken[label] = (taken[label] ?? 0) + 1;
      const pixels = images.bytes.subarray(i * height * width, (i + 1) * height * width);
      await sharp(pixels, { raw: { width, height, channels: 1 } })
        .toColourspace('b-w')
        .png({ compressionLevel: 9, adaptiveFiltering: true })
        .toFile(join(target, split, name, `${String(i).padStart(5, '0')}.png`));
    }
  }
}

/** The IDX format: two zero bytes, type 8 (unsigned byte), rank, big-endian sizes, data. */
function readIdx(path: string, rank: number): { shape: number[]; bytes: Buffer } {
  const file = gunzipSync(readFileSync(path));
  if (file.readUInt32BE(0) !== 0x0800 + rank) throw new Error(`${path} is no IDX file of ${rank}-dimensional bytes`);
  const shape = Array.from({ length: rank }, (_, axis) => file.readUInt32BE(4 + 4 * axis));
  const bytes = file.subarray(4 + 4 * rank);
  if (bytes.length !== shape.reduce((a, b) => a * b, 1))
    throw new Error(`${path} holds ${bytes.length} bytes, its header says ${shape.join(' × ')}`);
  return { shape, bytes };
}
