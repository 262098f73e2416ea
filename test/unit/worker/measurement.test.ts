/** What an evaluation says beside its figures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openProbabilityWriter } from '../../../core/evaluate/probabilityFile.ts';
import { Measurement } from '../../../core/worker/jobs/evaluate/measurement.ts';

test('ten crops of images that are as large as the crop are two views, and it is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-measurement-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const classes = { ids: ['a', 'b'], names: ['a', 'b'] };
  const columns = { outputOf: [0, 1], classes, subset: false, notes: [] };
  const writer = await openProbabilityWriter(join(folder, 'v'), { classes: 2, overwrite: true });
  const measurement = new Measurement(writer, columns, 2, 2);
  const image = (path: string) => ({ path, label: 0 });
  const add = async (different: readonly number[]): Promise<void> => {
    measurement.seen(different, 10);
    const images = different.map((_, i) => image(`${i}.png`));
    await measurement.add(new Float32Array(2 * images.length).fill(0.5), images, 1);
  };
  await add([10, 10]);
  expect(measurement.notes()).toEqual([]);
  await add([2, 6, 10]);
  expect(measurement.notes()).toEqual([
    'In 2 of 5 images some views are the same, since the crop is as large as the image, or nearly: 2 of the 10 views differ.',
  ]);
  const nothing = Float32Array.of(0.5, 0.5, NaN, 0.5);
  const unlabelled = [
    { path: 'new/0.png', label: -1 },
    { path: 'new/1.png', label: -1 },
  ];
  await expect(measurement.add(nothing, unlabelled, 1)).rejects.toThrow(/scores for new\/1\.png are no numbers/);
  await measurement.discard();
});
