/** A small data set in CIFAR-10's binary layout: ten classes of shipped sample pictures as 3,073-byte records. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';

const SAMPLE = resolve(import.meta.dirname, '../../resources/samples/fashion-mnist-mini');
const SIDE = 32;

/** `perClass` records of each class in every of the six files. */
export async function writeCifarBinary(folder: string, perClass: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const classes = readdirSync(join(SAMPLE, 'train')).sort();
  for (const [index, name] of [
    'data_batch_1',
    'data_batch_2',
    'data_batch_3',
    'data_batch_4',
    'data_batch_5',
    'test_batch',
  ].entries()) {
    const split = name === 'test_batch' ? 'test' : 'train';
    const from = split === 'test' ? 0 : index * perClass;
    const records: Buffer[] = [];
    for (let n = from; n < from + perClass; n++) {
      for (const [label, of] of classes.entries()) {
        const file = join(SAMPLE, split, of, readdirSync(join(SAMPLE, split, of)).sort()[n] ?? '');
        const gray = await sharp(file).grayscale().resize(SIDE, SIDE).raw().toBuffer();
        records.push(Buffer.concat([Buffer.of(label), gray, gray, gray]));
      }
    }
    writeFileSync(join(folder, `${name}.bin`), Buffer.concat(records));
  }
  writeFileSync(join(folder, 'batches.meta.txt'), `${classes.join('\n')}\n`);
}
