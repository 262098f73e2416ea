/** `quorum runs export`. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { StudioError } from '../../../contract/errors.ts';
import { exportRun } from '../../../core/studio/runs/exportRun.ts';
import type { ExportChoice } from '../../../core/studio/travel/exportRuns.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { type Session, withStudio } from '../../session.ts';

interface ExportOptions {
  readonly output?: string;
  readonly archive?: string;
  readonly checkpoints?: 'best-last' | 'all';
  readonly overwrite?: boolean;
}

export function addRunsExportCommand(runs: Command): void {
  runs
    .command('export <run...>')
    .description(
      'Export a run: .json contains everything about it, .csv its metrics, one row per point. With --archive, runs as ' +
        'one file for another machine: settings, curves, checkpoints, evaluations, and the list of their images.',
    )
    .option('--output <file>', 'file ending in .json or .csv, of one run')
    .option('--archive <file>', '.tar, .tar.gz or .tar.zst: what quorum runs import takes')
    .addOption(
      new Option('--checkpoints <which>', 'of each run, in an archive; default: best-last').choices([
        'best-last',
        'all',
      ]),
    )
    .option('--overwrite', 'replace an existing file')
    .action((texts: string[], options: ExportOptions, command: Command) =>
      withStudio(command, (session) => exportAny(session, texts, options)),
    );
}

async function exportAny(
  { studio, work, print }: Session,
  texts: readonly string[],
  { output, archive, checkpoints, overwrite = false }: ExportOptions,
): Promise<void> {
  if ((output === undefined) === (archive === undefined))
    throw new StudioError('input.invalid', 'Give one of --output and --archive.');
  if (checkpoints !== undefined && archive === undefined)
    throw new StudioError('input.invalid', '--checkpoints belongs to --archive.', { remedy: 'Leave it out.' });
  const ids = await Promise.all(texts.map(async (text) => (await studio.runBook.find(text)).id));
  const [id = '', ...others] = ids;
  if (archive !== undefined) {
    const which: ExportChoice['checkpoints'] = checkpoints === 'all' ? 'all' : 'best and last';
    const choice = { output: resolve(archive), overwrite, checkpoints: which };
    const written = await studio.travel.export(ids, choice, work);
    const runs = `${written.runs.length} run${written.runs.length === 1 ? '' : 's'}`;
    print(written, `${written.path}: ${runs}, ${formatBytes(written.sizeBytes)}.\nTake it in: quorum runs import FILE`);
    return;
  }
  if (others.length > 0)
    throw new StudioError('input.invalid', '--output takes one run.', { remedy: 'Export them one by one.' });
  const run = await studio.runs.show(id);
  const written = await exportRun(run, await studio.runs.metrics(id), output ?? '', overwrite);
  print(written, `${written.path}: ${written.points} points of ${id}, ${formatBytes(written.sizeBytes)}.`);
}
