/** Files that call the layers as we do; only the word for each kind of weight may differ. */
import type { NameMap } from './nameMap.ts';

export const sameNames: NameMap = {
  title: 'the same layer names',
  family: null,
  layerNames: (layers) => new Map(layers.map(({ name }) => [name, name])),
  preprocessing: null,
  notes: [],
};
