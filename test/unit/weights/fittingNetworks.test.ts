/** The network of a weight file, told by the names and shapes of published state dicts. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { WeightFile, WeightTensor } from '../../../core/formats/weightFile.ts';
import { getModel } from '../../../core/models/registry.ts';
import { fittingNetworks } from '../../../core/weights/fittingNetworks.ts';
import { fixturePath, openFixture } from './fixtures.ts';

type Names = Record<string, [string, ...number[]][]>;
const namesIn = (file: string): Names => JSON.parse(gunzipSync(readFileSync(fixturePath(file))).toString()) as Names;
const names = { ...namesIn('timm_names.json.gz'), ...namesIn('torchvision_names.json.gz') };

function fileOf(rows: Names[string]): WeightFile {
  return {
    format: 'pytorch',
    path: 'unknown.pth',
    tensors: new Map(
      rows.map(([name, ...shape]): [string, WeightTensor] => {
        const read = (): Float32Array => new Float32Array(shape.reduce((count, side) => count * side, 1));
        return [name, { dtype: 'f32', shape, read }];
      }),
    ),
    epsilons: new Map(),
    metadata: new Map(),
    notes: [],
    close: () => undefined,
  };
}

describe('networks that a file fits', () => {
  it.each(['mobilenet_v2', 'convnext_tiny', 'swin_t', 'resnet50d'])('%s is found by its own names', (name) => {
    const [first] = fittingNetworks(fileOf(names[name]!));
    expect(first?.model).toBe(getModel(name).name);
    expect(first?.loaded).toBe(first?.weights);
  });

  it('is found with a head for other classes', () => {
    const rows = names['mobilenet_v2']!.map((row): Names[string][number] =>
      row[0].startsWith('classifier') ? [row[0], 7, ...row.slice(2).map(Number)] : row,
    );
    expect(fittingNetworks(fileOf(rows)).map(({ model }) => model)).toEqual([getModel('mobilenet_v2').name]);
  });

  it('is none where one tensor is missing', () => {
    const rows = names['convnext_tiny']!;
    expect(fittingNetworks(fileOf(rows.filter((_, i) => i !== 9)))).toEqual([]);
  });

  it('is the one that the card names, with its options', async () => {
    const file = await openFixture('torchvision_vgg11.pth');
    try {
      expect(fittingNetworks(file)).toEqual([]);
      const card = { name: 'vgg11', options: { widthFactor: 0.01, headWidth: 12 } };
      expect(fittingNetworks(file, card).map(({ model }) => model)).toEqual(['vgg11']);
    } finally {
      file.close();
    }
  });
});
