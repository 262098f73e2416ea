import { describe, expect, it } from 'vitest';
import type { DiagramStage } from '../../../contract/network.ts';
import { blockDiagram } from '../../../core/models/blockDiagram.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel, listModels } from '../../../core/models/registry.ts';

function diagramOf(name: string, size = getModel(name).nativeSize): DiagramStage[] {
  return blockDiagram(describeNetwork(getModel(name), { size, channels: 3, classes: 1000, options: {} }).layers);
}

describe('the diagram of blocks', () => {
  it.each(listModels().map((card) => card.name))(
    'of %s holds every parameter and multiply-add once, in few boxes, down to the logits',
    (name) => {
      const described = describeNetwork(getModel(name), {
        size: getModel(name).nativeSize,
        channels: 3,
        classes: 1000,
        options: {},
      });
      const stages = blockDiagram(described.layers);
      const blocks = stages.flatMap((stage) => stage.blocks);
      expect(blocks.reduce((sum, block) => sum + block.learnable, 0)).toBe(described.learnable);
      expect(blocks.reduce((sum, block) => sum + block.multiplyAdds, 0)).toBe(described.multiplyAdds);
      // A PyramidNet's blocks are all of different widths.
      expect(blocks.length).toBeLessThan(name.startsWith('pyramidnet') ? 60 : 20);
      expect(blocks.at(-1)).toMatchObject({ first: 'head', output: [1000] });
      const sides = stages.map(({ side }) => side ?? 0);
      expect(sides).toEqual([...sides].sort((a, b) => b - a));
    },
  );

  it.each([
    ['resnet50', [3, 4, 6, 3]],
    ['legacy_senet154', [3, 8, 36, 3]],
    ['seresnet50_hik', [3, 4, 6, 3]],
    ['resnet269_v2', [3, 30, 48, 8]],
    ['dpn92', [3, 4, 20, 3]],
    ['air101', [3, 4, 23, 3]],
  ] as const)('of %s counts its blocks', (name, blocks) => {
    const counted = diagramOf(name).flatMap((stage) => {
      const residual = stage.blocks.filter((block) => block.steps.includes('add'));
      return residual.length > 0 ? [residual.reduce((sum, block) => sum + block.repeats, 0)] : [];
    });
    expect(counted).toEqual(blocks);
  });

  it('says what a block does, and how often', () => {
    const [first, second] = diagramOf('resnet50')[1]?.blocks ?? [];
    expect(first).toMatchObject({
      first: 'res4',
      repeats: 1,
      steps: ['1×1 128', '3×3 128 /2', '1×1 512', '1×1 512 /2', 'add'],
      output: [28, 28, 512],
    });
    expect(second).toMatchObject({ first: 'res5', last: 'res7', repeats: 3 });
    expect(diagramOf('vgg16').map((stage) => stage.side)).toEqual([112, 56, 28, 14, 7, null]);
  });
});
