/** The network picker's description of a network, and the spectral norms of a run. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noTensorFlow } from '../support/engines.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

describe.skipIf(noTensorFlow !== null)(`networks in the studio${noTensorFlow ? ` (${noTensorFlow})` : ''}`, () => {
  let studio: TestStudio;
  beforeAll(async () => {
    studio = await openTestStudio({
      prepare: async (_dataDir, quorum) => {
        await quorum('dataset', 'import', join(fewSamples(), 'noto-emoji'), '--name', 'emoji');
        await quorum(
          'train',
          '--dataset',
          'emoji',
          '--name',
          'normed',
          '--model',
          'vgg16_fc',
          '--size',
          '32',
          '--color',
          'lab',
          '--width-factor',
          '0.125',
          '--head-width',
          '32',
          '--epochs',
          '3',
          '--batch-size',
          '32',
          '--limit-train',
          '32',
          '--limit-val',
          '16',
        );
      },
    });
  });
  afterAll(() => studio.close());

  it('are found by family and search, and described with blocks, figures, accuracy, licence and source', async () => {
    const page = await studio.newPage('/runs/new');
    await page.getByRole('button', { name: 'Quick look' }).click();
    const picker = page.getByRole('radiogroup', { name: 'Networks' });
    await picker.getByRole('group', { name: 'senet', exact: true }).waitFor();
    await page.getByRole('searchbox', { name: 'Search networks' }).fill('resnext50');
    await picker.getByRole('radio', { name: /^resnext50_32x4d/ }).check();
    // the preset chosen at first sets the width of a head that this network does not have
    await page.getByText('Memory fits').waitFor();
    await page.getByText('About resnext50_32x4d').click();
    await page
      .getByRole('img', { name: /Blocks of resnext50_32x4d: conv1: 7×7 64 \/2.*res\w* to \w+ × 5.*32 groups/ })
      .waitFor();
    const about = page.locator('.about');
    for (const text of [
      '25,028,904',
      '68,224',
      '22.37',
      '12 crops 224 of short side 256',
      'Licence: MIT',
      'https://github.com/soeaver/caffe-model',
    ])
      await about.getByText(text).first().waitFor();
    await about.scrollIntoViewIfNeeded();
    await studio.shot(page, 'network-about');
  });

  it('show the spectral norms of a run over its epochs', async () => {
    const id =
      (JSON.parse(await studio.quorum('--json', 'runs', 'list')) as { runs: { id: string }[] }).runs[0]?.id ?? '';
    const norms = (
      JSON.parse(await studio.quorum('--json', 'runs', 'norms', id)) as {
        norms: { layer: string; epoch: number; value: number }[];
      }
    ).norms;
    expect(norms).toHaveLength(3 * 13);
    expect(norms.every(({ value }) => value > 0)).toBe(true);
    const page = await studio.newPage(`/runs/${id}`);
    await page
      .getByRole('img', { name: /^Spectral norm of 13 layers over the epochs; last: conv1_1 [\d.]+, conv1_2/ })
      .waitFor();
    await page.getByRole('region', { name: 'Spectral norms' }).scrollIntoViewIfNeeded();
    await studio.shot(page, 'spectral-norms');
    expect(studio.faults).toEqual([]);
  });
});
