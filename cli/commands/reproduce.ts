/** `quorum reproduce`: published tables beside what is measured here. */
import type { Command } from 'commander';
import type { ReproducedTable } from '../../core/studio/reproduce/reproduce.ts';
import type { Cell, CellState } from '../../core/studio/reproduce/cells.ts';
import { formatTable, printable } from '../format.ts';
import { withStudio } from '../session.ts';

export function addReproduceCommand(program: Command): void {
  const reproduce = program
    .command('reproduce')
    .description('Published tables, cell by cell: theirs, ours, whether they agree, and what is missing.');
  reproduce
    .command('list')
    .description('All reproduction projects.')
    .action((_: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const { projects, damaged } = session.studio.reproduce.list();
        const rows = projects.map(({ project, shipped }) => [
          project.id,
          project.title,
          project.dataset.title,
          `${project.rows.length} × ${project.columns.length}`,
          shipped ? '' : 'your own',
        ]);
        const problems = damaged.map(({ file, problem }) => printable(`${file}: ${problem}`));
        session.print(
          { projects: projects.map(({ project, shipped }) => ({ ...project, shipped })), damaged },
          [formatTable(['Id', 'Title', 'Data', 'Cells', ''], rows), ...problems].join('\n'),
        );
      }),
    );
  reproduce
    .command('show <id>')
    .description('A published table with what was measured here, and what each missing cell needs.')
    .action((id: string, _: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const table = await session.studio.reproduce.show(id);
        session.print(table, describeTable(table));
      }),
    );
}

function describeTable({ project, cells }: ReproducedTable): string {
  const shown = cells.filter(({ published, state }) => published !== null || state.kind === 'measured');
  const titleOf = (list: readonly { id: string; title: string }[], id: string): string =>
    list.find((item) => item.id === id)?.title ?? id;
  const rows = shown.map((cell) => [
    titleOf(project.rows, cell.row),
    titleOf(project.columns, cell.column),
    cell.published ?? '–',
    cell.state.kind === 'measured' ? cell.state.value : '–',
    outcome(cell),
  ]);
  return [
    printable(project.title),
    printable(project.question),
    '',
    formatTable(['Network', 'Figure', 'Published', 'Here', 'Verdict'], rows, ['Published', 'Here']),
    '',
    ...project.notes.map(printable),
    `Source: ${project.source}`,
  ].join('\n');
}

const MISSING: Readonly<Record<Exclude<CellState['kind'], 'measured'>, string>> = {
  missingData: 'needs the data set',
  missingWeights: 'needs the weights',
  missingRun: 'needs a run',
  missingEvaluation: 'needs an evaluation',
  running: 'is being trained',
  unfinished: 'needs its run to be resumed',
};

const VERDICTS = {
  agrees: 'agrees',
  differs: 'differs beyond chance',
  tooFewImages: 'too few images to tell',
  notComparable: 'not comparable',
} as const;

function outcome({ state }: Cell): string {
  if (state.kind !== 'measured') return MISSING[state.kind];
  return `${VERDICTS[state.verdict.kind]} (${state.verdict.reason})`;
}
