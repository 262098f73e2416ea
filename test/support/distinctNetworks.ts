/** Networks of a family that are made of the same layers in the same order, block by block: one stands for all. */
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
    const kind = `${card.family}\n${layerPairs(card, shapeOf(card))}`;
    if (!kinds.has(kind)) kinds.set(kind, card);
  }
  return [...kinds.values()];
}

/** Which layer follows which, however often and however wide: deeper members of a family only repeat these. */
function layerPairs(card: ModelCard, shape: NetworkShape): string {
  const { layers } = describeNetwork(getModel(card.name), shape);
  const rows = layers.map(({ kind, kernel, stride, padding, ceil, epsilon, output }) =>
    JSON.stringify([kind, kernel, stride, padding, ceil, epsilon, output.length]),
  );
  const pairs = new Set(rows.map((row, i) => `${row} ${rows[i + 1] ?? 'end'}`));
  return [...pairs].sort().join('\n');
}
