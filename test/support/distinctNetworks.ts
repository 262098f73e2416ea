/** Networks that are the same but for their widths once they are narrow and shallow: one of them stands for all. */
import type { ModelCard } from '../../contract/network.ts';
import { describeNetwork } from '../../core/models/describe.ts';
import type { NetworkShape } from '../../core/models/family.ts';
import { getModel, listModels } from '../../core/models/registry.ts';

/** QUORUM_ZOO=all: every network, not one of its kind. */
export const wholeZoo = process.env['QUORUM_ZOO'] === 'all';

/** The first card of each kind in the shape that a test gives it; all of them with `QUORUM_ZOO=all`. */
export function distinctNetworks(shapeOf: (card: ModelCard) => NetworkShape): ModelCard[] {
  const cards = listModels();
  if (wholeZoo) return cards;
  const kinds = new Map<string, ModelCard>();
  for (const card of cards) {
    const { layers } = describeNetwork(getModel(card.name), shapeOf(card));
    const kind = layers.map((row) => [
      row.kind,
      row.kernel,
      row.stride,
      row.padding,
      row.ceil,
      row.epsilon,
      row.output.length,
    ]);
    const key = JSON.stringify(kind);
    if (!kinds.has(key)) kinds.set(key, card);
  }
  return [...kinds.values()];
}
