/** `quorum runs list`. */
import type { Command } from 'commander';
import { METRIC } from '../../../contract/metrics.ts';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { formatPercent, formatTable, formatWhen, printable } from '../../format.ts';
import { seedLines } from '../../seedLines.ts';
import { type Session, withStudio } from '../../session.ts';

interface ListOptions {
  readonly trash?: boolean;
  readonly tag?: string;
  readonly seeds?: boolean;
}

export function addRunsListCommand(runs: Command): void {
  runs
    .command('list')
    .description('List all runs, newest first.')
    .option('--trash', 'runs in the trash instead')
    .option('--tag <tag>', 'only runs with this tag')
    .option('--seeds', 'also mean ± sd of runs that differ only in their seed')
    .action((options: ListOptions, command: Command) => withStudio(command, (session) => list(session, options)));
}

async function list({ studio, print }: Session, { trash = false, tag, seeds = false }: ListOptions): Promise<void> {
  const { runs, damaged } = await studio.runBook.list({ trashed: trash });
  const shown = runs.filter((run) => tag === undefined || run.tags.includes(tag));
  const summaries = seeds ? seedLines(shown) : [];
  const lines = [
    shown.length > 0 ? tableOf(shown) : nothing(trash, tag),
    ...summaries.map(({ words }) => words),
    ...damaged.map(({ id, name, problem }) => printable(`${id} (${name}) needs repair: ${problem}`)),
  ];
  print({ runs: shown, damaged, ...(seeds && { seeds: summaries }) }, lines.join('\n'));
}

function nothing(trash: boolean, tag: string | undefined): string {
  if (trash) return 'The trash is empty.';
  return tag === undefined ? 'No runs yet. Train one: quorum train --help' : `No run has the tag "${tag}".`;
}

function tableOf(runs: readonly RunRow[]): string {
  const header = ['run', 'name', 'state', 'epoch', 'best top-1', 'best loss', 'img/s', 'device', 'tags', 'created'];
  return formatTable(header, runs.map(rowOf), ['epoch', 'best top-1', 'best loss', 'img/s']);
}

function rowOf({ id, name, state, step, totalSteps, spec, device, best, last, tags, createdAt }: RunRow): string[] {
  const epoch = totalSteps ? Math.floor((step / totalSteps) * spec.epochs) : 0;
  const rate = last[METRIC.imagesPerSec];
  return [
    id,
    name,
    state,
    `${epoch}/${spec.epochs}`,
    formatPercent(best[METRIC.valTop1]),
    best[METRIC.valLoss]?.toFixed(4) ?? '–',
    rate === undefined ? '–' : rate.toFixed(rate < 100 ? 1 : 0),
    device ? device.kind : '–',
    tags.join(', '),
    formatWhen(createdAt),
  ];
}
