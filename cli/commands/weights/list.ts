/** `quorum weights list`. */
import type { Command } from 'commander';
import type { ImportedWeights } from '../../../contract/weights/weights.ts';
import { formatTable, formatWhen } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addWeightsListCommand(weights: Command): void {
  weights
    .command('list')
    .description('Imported weights, newest first.')
    .action((_options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const cards = await session.studio.weights.list();
        session.print(cards, describeCards(cards));
      }),
    );
}

function describeCards(cards: readonly ImportedWeights[]): string {
  if (cards.length === 0) return 'Nothing imported yet: quorum weights import --help';
  const rows = cards.map((card) => [
    card.id,
    card.name,
    card.model.name,
    String(card.size),
    String(card.classes),
    card.input?.color ?? 'unknown',
    formatWhen(card.createdAt),
  ]);
  return formatTable(['weights', 'name', 'network', 'size', 'classes', 'input', 'created'], rows, ['size', 'classes']);
}
