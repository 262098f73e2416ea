/** `quorum runs norms`: σ of every spectrally normalised layer after each epoch. */
import { NORM_PREFIX } from '../../../contract/metrics.ts';
import type { Command } from 'commander';
import { StudioError } from '../../../contract/errors.ts';
import { formatTable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addRunNormsCommand(runs: Command): void {
  runs
    .command('norms <run>')
    .description("Spectral norms of a run's layers after each epoch.")
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const run = await session.studio.runs.show((await session.studio.runBook.find(text)).id);
        const points = (await session.studio.runs.metrics(run.id)).filter(({ name }) => name.startsWith(NORM_PREFIX));
        if (points.length === 0) {
          throw new StudioError(
            'input.invalid',
            `${run.id} has no spectral norms: ${
              run.step === 0
                ? 'it has not trained yet'
                : 'none of its layers is normalised by one, or no epoch has ended'
            }.`,
            { remedy: 'They are recorded after each epoch of vgg16_fc and vgg16_fc14.' },
          );
        }
        const layers = [...new Set(points.map(({ name }) => name))].sort((a, b) =>
          a.localeCompare(b, 'en', { numeric: true }),
        );
        const byEpoch = Map.groupBy(points, ({ epoch }) => epoch);
        const rows = [...byEpoch]
          .sort(([a], [b]) => a - b)
          .map(([epoch, own]) => [
            String(epoch),
            ...layers.map((layer) => own.find(({ name }) => name === layer)?.value?.toFixed(3) ?? '–'),
          ]);
        const headings = ['epoch', ...layers.map((layer) => layer.slice(NORM_PREFIX.length))];
        session.print(
          {
            run: run.id,
            norms: points.map(({ name, epoch, value }) => ({ layer: name.slice(NORM_PREFIX.length), epoch, value })),
          },
          formatTable(headings, rows, headings),
        );
      }),
    );
}
