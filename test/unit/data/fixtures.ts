/** Small data sets in temporary folders, made from the shipped samples or by the picture library. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import { ImportOptions, type DatasetCard } from '../../../contract/dataset.ts';
import { importDataset, type ImportEnv } from '../../../core/data/import/import.ts';

export const EMOJI = resolve(import.meta.dirname, '../../../resources/samples/noto-emoji');
export const FASHION = resolve(import.meta.dirname, '../../../resources/samples/fashion-mnist-mini');

/** A new folder that is deleted after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** A picture of one colour with one brighter pixel, so that no two differ only by name. */
export async function picture(
  width: number,
  height: number,
  seed: number,
  format: 'png' | 'jpeg' = 'png',
): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3, (seed * 37) % 200);
  pixels[(seed * 3) % pixels.length] = 255;
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    [format]()
    .toBuffer();
}

/** `perClass` pictures of each class as `<class>/<n>.png` in `root`. */
export async function classFolder(root: string, classes: readonly string[], perClass: number, side = 8): Promise<void> {
  for (const [label, name] of classes.entries()) {
    for (let i = 0; i < perClass; i += 1)
      put(join(root, name, `${i}.png`), await picture(side, side, label * perClass + i));
  }
}

/** Absolute paths of the first `count` emoji of a group. */
export function emojiFiles(group: string, count: number): string[] {
  return readdirSync(join(EMOJI, group))
    .sort()
    .slice(0, count)
    .map((name) => join(EMOJI, group, name));
}

export const WNIDS = ['n01443537', 'n01629819', 'n02058221'];
const TINY_GROUPS = ['animals-nature', 'food-drink', 'flags'];

/** Tiny ImageNet's layout with three classes of 8 JPEG training pictures (one gray), 3 annotated val pictures each, 4 unlabelled test pictures. */
export async function tinyImagenet(root: string): Promise<void> {
  put(join(root, 'wnids.txt'), `${WNIDS.join('\n')}\n`);
  put(
    join(root, 'words.txt'),
    'n01443537\tgoldfish, Carassius auratus\r\nn01629819\tEuropean fire salamander, Salamandra salamandra\nn02058221\talbatross, mollymawk\nn00001740\tentity\n',
  );
  const annotations: string[] = [];
  for (const [label, wnid] of WNIDS.entries()) {
    for (const [i, file] of emojiFiles(TINY_GROUPS[label] as string, 11).entries()) {
      const jpeg = await sharp(file)
        .toColourspace(label === 0 && i === 0 ? 'b-w' : 'srgb')
        .jpeg({ quality: 90 })
        .toBuffer();
      if (i < 8) put(join(root, 'train', wnid, 'images', `${wnid}_${i}.JPEG`), jpeg);
      else {
        const name = `val_${annotations.length}.JPEG`;
        put(join(root, 'val/images', name), jpeg);
        annotations.push(`${name}\t${wnid}\t0\t0\t63\t63`);
      }
    }
    put(join(root, 'train', wnid, `${wnid}_boxes.txt`), `${wnid}_0.JPEG\t0\t0\t63\t63\n`);
  }
  put(join(root, 'val/val_annotations.txt'), `${annotations.join('\n')}\n`);
  for (const [i, file] of emojiFiles('objects', 4).entries())
    put(join(root, 'test/images', `test_${i}.JPEG`), await sharp(file).jpeg().toBuffer());
}

/** CIFAR-10's binary files with `perFile` records each, from emoji resized to 32 × 32; labels go round. Returns the RGB pixels of each record. */
export async function cifar10(root: string, perFile = 20): Promise<Map<string, Buffer>> {
  const groups = readdirSync(EMOJI, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const files = groups.flatMap((group) => emojiFiles(group, perFile));
  const pixels = new Map<string, Buffer>();
  for (const [f, file] of [
    'data_batch_1',
    'data_batch_2',
    'data_batch_3',
    'data_batch_4',
    'data_batch_5',
    'test_batch',
  ].entries()) {
    const records: Buffer[] = [];
    for (let i = 0; i < perFile; i += 1) {
      const rgb = await sharp(files[f * perFile + i])
        .resize(32, 32)
        .removeAlpha()
        .raw()
        .toBuffer();
      pixels.set(`${file}.bin#${i}`, rgb);
      const record = Buffer.alloc(3073);
      record[0] = i % 10;
      for (let p = 0; p < 1024; p += 1)
        for (let c = 0; c < 3; c += 1) record[1 + c * 1024 + p] = rgb[3 * p + c] as number;
      records.push(record);
    }
    put(join(root, `${file}.bin`), Buffer.concat(records));
  }
  put(
    join(root, 'batches.meta.txt'),
    'airplane\r\nautomobile\r\nbird\r\ncat\r\ndeer\r\ndog\r\nfrog\r\nhorse\r\nship\r\ntruck\r\n\r\n',
  );
  return pixels;
}

export function copyInto(folder: string, files: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const file of files) copyFileSync(file, join(folder, file.slice(file.lastIndexOf('/') + 1)));
}

/** Imports `path` into a folder beside it and returns card and folder. */
export async function importInto(
  path: string,
  options: Partial<Omit<z.input<typeof ImportOptions>, 'path'>> = {},
  env?: ImportEnv,
): Promise<{ card: DatasetCard; directory: string }> {
  const directory = join(temporaryFolder(), 'imported');
  const card = await importDataset(ImportOptions.parse({ path, ...options }), 'd1', directory, env);
  return { card, directory };
}
