import { describe, expect, it } from 'vitest';
import { getModel } from '../../../core/models/registry.ts';
import { networkColumns } from '../../../core/worker/networkColumns.ts';

const same = (...ids: string[]): { ids: string[]; names: string[] } => ({ ids, names: ids });

describe('weights that do not say their classes', () => {
  const model = getModel('resnet18');
  const weights = (classes: number): Parameters<typeof networkColumns>[0] => ({
    model,
    shape: { size: 64, channels: 3, classes, options: {} },
    outputs: null,
  });
  const imagenet = same(...Array.from({ length: 1000 }, (_, i) => `n${10_000_000 + i}`));

  it('are taken in the order of a data set of as many, which is said', () => {
    expect(networkColumns(weights(2), 'own', same('a', 'b'), 'set')).toMatchObject({
      outputOf: [0, 1],
      notes: [expect.stringContaining('Nothing says which class')],
    });
    expect(() => networkColumns(weights(3), 'own', same('a', 'b'), 'set')).toThrow(/tell 3 classes apart/);
  });

  it("leave out a background in front of ImageNet's classes once its list is named", () => {
    expect(() => networkColumns(weights(1001), 'own', imagenet, 'set')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('--labels ilsvrc2012') as string }),
    );
    const { outputOf, notes } = networkColumns(weights(1001), 'ilsvrc2012', imagenet, 'set');
    expect([outputOf[0], outputOf[999]]).toEqual([1, 1000]);
    expect(notes).toHaveLength(1);
  });
});
