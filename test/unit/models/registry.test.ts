import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import { getModel, indexModels, listModels } from '../../../core/models/registry.ts';

describe('registry', () => {
  it('finds networks by name and alias in any case', () => {
    expect(getModel('vgg16_c1').name).toBe('vgg16_c1');
    expect(getModel('16_C11').name).toBe('vgg16_c1');
  });

  it('names the nearest networks for an unknown one', () => {
    const thrown = ((): unknown => {
      try {
        return getModel('vgg12');
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(StudioError);
    expect(thrown).toMatchObject({
      code: 'model.unknown',
      details: { name: 'vgg12', nearest: ['vgg11', 'vgg13', 'vgg16'] },
    });
  });

  it('refuses a name that is used twice', () => {
    const model = getModel('vgg11');
    expect(() => indexModels([model, { ...getModel('vgg13'), aliases: ['VGG11'] }])).toThrow(
      /"VGG11" names both vgg11 and vgg13/,
    );
  });

  it('lists cards that say where the network comes from', () => {
    const cards = listModels();
    expect(new Set(cards.map((card) => card.name)).size).toBe(cards.length);
    for (const card of cards) {
      expect(card).not.toHaveProperty('build');
      expect(card.paper, card.name).toMatch(/^https:/);
      expect(card.license.length * card.source.length * card.title.length, card.name).toBeGreaterThan(0);
      expect(card.minSize, card.name).toBeLessThanOrEqual(card.nativeSize);
    }
  });
});
