/** Every published network, convolution by convolution, against what its deploy file says. */
import { describe, expect, it } from 'vitest';
import { describeNetwork, type LayerRow, type NetworkDescription } from '../../core/models/describe.ts';
import { getModel, listModels } from '../../core/models/registry.ts';
import digests from '../fixtures/models/zoo-digest.json' with { type: 'json' };

interface Digest {
  readonly size: number;
  readonly learnable: number;
  readonly statistics: number;
  readonly multiplyAdds: number;
  readonly convs: readonly (readonly (string | number)[])[];
  readonly dense: readonly (readonly [string, number, number])[];
  readonly pools: readonly (readonly (string | number)[])[];
}

const networks = digests as unknown as Record<string, Digest>;

/** Files whose names are no aliases. */
const OTHER_NAMES: Record<string, string> = {
  'extra-resnet50': 'resnet50.caffe',
  'extra-vgg13-pytorch': 'vgg13',
  'extra-vgg16-pytorch': 'vgg16',
  'extra-vgg19-pytorch': 'vgg19',
};

function described(published: string, { size }: Digest): NetworkDescription {
  return describeNetwork(getModel(OTHER_NAMES[published] ?? published), {
    size,
    channels: 3,
    classes: 1000,
    options: {},
  });
}

/**
 * A row as the fixture writes it; dense layers of squeeze-and-excitation are 1×1 convolutions on one pixel in most
 * files.
 */
function convRow(layer: LayerRow): (string | number)[] {
  if (layer.kind === 'dense') return [layer.name, layer.input[0] ?? 0, layer.output[0] ?? 0, 1, 1, 1, 0, 0, 1, 1, 1, 1];
  const bias = layer.weights.some((weight) => weight.kind === 'bias') ? 1 : 0;
  const [top = 0, , left = 0] = layer.padding ?? [];
  return [
    layer.name,
    layer.input[2] ?? 0,
    layer.output[2] ?? 0,
    ...(layer.kernel ?? [0, 0]),
    layer.stride ?? 0,
    top,
    left,
    layer.groups ?? 0,
    bias,
    layer.input[0] ?? 0,
    layer.output[0] ?? 0,
  ];
}

const byName = (a: readonly unknown[], b: readonly unknown[]): number => String(a[0]).localeCompare(String(b[0]));

describe.each(Object.entries(networks))('%s', (published, digest) => {
  const description = described(published, digest);

  it('has the published parameters, statistics and multiply-adds', () => {
    expect({
      learnable: description.learnable,
      statistics: description.statistics,
      multiplyAdds: description.multiplyAdds,
    }).toEqual({ learnable: digest.learnable, statistics: digest.statistics, multiplyAdds: digest.multiplyAdds });
  });

  it('has every convolution and dense layer of the file, by name, and no other', () => {
    const inFile = [
      ...digest.convs.map((row) => [...row]),
      ...digest.dense.map(([name, input, output]) => [name, input, output, 1, 1, 1, 0, 0, 1, 1, 1, 1]),
    ];
    // files call their last layer classifier, fc1000 or fc6; ours has one name in each family
    const last = inFile.find(([, , output]) => output === 1000);
    last?.splice(0, 1, description.layers.at(-1)?.name ?? '');
    const built = description.layers.filter((layer) => layer.kind === 'conv' || layer.kind === 'dense').map(convRow);
    expect(built.sort(byName)).toEqual(inFile.sort(byName));
  });

  it('pools between the same sizes', () => {
    const built = description.layers
      .filter((layer) => layer.kind === 'maxPool' || layer.kind === 'avgPool')
      .map((layer) => [
        layer.kind === 'maxPool' ? 'MAX' : 'AVE',
        layer.kernel?.[0],
        layer.stride,
        layer.input[0],
        layer.output[0],
      ]);
    const inFile = digest.pools.map(([kind, kernel, stride, , input, output]) => [kind, kernel, stride, input, output]);
    expect(built.sort()).toEqual(inFile.sort());
  });
});

describe('the zoo', () => {
  it('has no published network without a definition, and knows each by its published name', () => {
    for (const published of Object.keys(networks))
      expect(getModel(OTHER_NAMES[published] ?? published).nativeSize, published).toBeGreaterThan(0);
    expect(Object.keys(networks)).toHaveLength(35);
  });

  it.each(listModels().map((card) => [card.name, card] as const))(
    '%s builds at its smallest size and around it, narrow and shallow too',
    (name, card) => {
      const model = getModel(name);
      const shallow = {
        ...(card.supports.includes('depthFactor') && { depthFactor: 0.1 }),
        ...(card.supports.includes('headWidth') && { headWidth: 64 }),
      };
      const sizes = [0, 1, 2, 3, 5, 8, 13].map((more) => card.minSize + more);
      for (const size of sizes) {
        const full = describeNetwork(model, { size, channels: 3, classes: 10, options: {} });
        const narrow = describeNetwork(model, {
          size,
          channels: 1,
          classes: 7,
          options: { widthFactor: 0.125, ...shallow },
        });
        expect(narrow.learnable, `${size}`).toBeLessThan(full.learnable / 4);
        expect(narrow.layers.at(-1)?.output).toEqual([7]);
      }
      if (card.minSizeSmallInput === null) return;
      for (const size of [card.minSizeSmallInput, 32, 33, 64]) {
        const small = describeNetwork(model, { size, channels: 3, classes: 10, options: { smallInput: true } });
        const map = small.layers.filter((layer) => layer.output.length === 3).at(-1);
        expect(map?.output[0], `${size}`).toBeGreaterThanOrEqual(size >= 32 ? 4 : 1);
      }
    },
  );
});
