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

/**
 * Of `cards`, each that has a layer, or a kind of layer after another, that none before it has: what is decided layer by
 * layer (in what numbers each computes) is met in them all. All of them with `QUORUM_ZOO=all`.
 */
export function coveringNetworks(
  cards: readonly ModelCard[],
  shapeOf: (card: ModelCard) => NetworkShape,
): readonly ModelCard[] {
  if (wholeZoo) return cards;
  const met = new Set<string>();
  return cards.filter((card) => {
    const { layers } = describeNetwork(getModel(card.name), shapeOf(card));
    const own = layers.flatMap(({ kind, kernel, stride, padding }, i) => [
      JSON.stringify([kind, kernel, stride, padding]),
      `${kind} before ${layers[i + 1]?.kind ?? 'the end'}`,
    ]);
    const before = met.size;
    for (const one of own) met.add(one);
    return met.size > before;
  });
}
