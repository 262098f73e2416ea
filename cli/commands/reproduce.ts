/** `quorum reproduce`: published tables beside what is measured here. */
import { type Command, Option } from 'commander';
import type { CellState, ReproducedTable, ReproductionCell } from '../../contract/results/reproduction.ts';
import { StudioError } from '../../contract/errors.ts';
import { Precision, type RunRequestInput } from '../../contract/runSpec.ts';
import type { MissingWork } from '../../core/studio/reproduce/missingWork.ts';
import { writeExampleProject } from '../../core/studio/reproduce/exampleProject.ts';
import { formatTable, printable } from '../format.ts';
import { wholeNumber } from '../options/optionValues.ts';
import { prepareEngine } from '../prepareEngine.ts';
import { runQueue } from '../queueRuns.ts';
import { type Session, withStudio } from '../session.ts';

export function addReproduceCommand(program: Command): void {
  const reproduce = program
    .command('reproduce')
    .description(
      'Published tables, cell by cell: published and measured values, whether they agree, and what is missing.',
    );
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
    .description('Show a published table with your results, and what each missing cell needs.')
    .action((id: string, _: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const table = await session.studio.reproduce.show(id);
        session.print(table, describeTable(table));
      }),
    );
  reproduce
    .command('run <id>')
    .description('Train and evaluate what is missing from the table, then show it.')
    .option('--dataset <name>', 'where several data sets have the published classes')
    .option('--seeds <list>', 'seeds to train each network with, such as 1,2,3', '1')
    .addOption(new Option('--precision <kind>', 'arithmetic of the runs to train').choices(Precision.options))
    .option('--limit-train <n>', 'train on only n images; the table then says so', wholeNumber)
    .option('--dry-run', 'only show what would be done')
    .action((id: string, options: RunOptions, command: Command) =>
      withStudio(command, (session) => fillTable(session, id, options)),
    );
  reproduce
    .command('new <file>')
    .description('Write an example project to edit.')
    .action((file: string, _: unknown, command: Command) =>
      withStudio(command, async (session) => {
        writeExampleProject(file);
        session.print({ file }, `${file} is an example. Edit it, then: quorum reproduce add ${file}`);
      }),
    );
  reproduce
    .command('add <file>')
    .description('Add a project file: your own or a shared one.')
    .action((file: string, _: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const { project } = await session.studio.reproduce.add(file);
        session.print(project, `Added ${project.id}. Show it: quorum reproduce show ${project.id}`);
      }),
    );
}

interface RunOptions {
  readonly dataset?: string;
  readonly seeds: string;
  readonly precision?: Precision;
  readonly limitTrain?: number;
  readonly dryRun?: boolean;
}

async function fillTable(session: Session, id: string, options: RunOptions): Promise<void> {
  const { reproduce, datasets, runs, context } = session.studio;
  const choice = {
    seeds: seedsFrom(options.seeds),
    changes: changesOf(options),
    ...(options.dataset !== undefined && { dataset: (await datasets.show(options.dataset)).id }),
  };
  const missing = await reproduce.missing(id, choice);
  if (options.dryRun === true) {
    session.print(missing, describeMissing(missing));
    return;
  }
  if (missing.runs.length > 0) {
    const created = await runs.createAll(missing.runs);
    await context.queue.add(
      created.runs.map((run) => run.id),
      'back',
    );
  }
  if (missing.resume.length > 0) await context.queue.add([...missing.resume], 'front');
  const trains = missing.runs.length + missing.resume.length > 0;
  const trained = trains ? await runQueue(session, { stopAfterFailure: false }) : null;
  const left = await reproduce.missing(id, choice);
  if (left.evaluations.length > 0) await prepareEngine(session, 'auto');
  try {
    await reproduce.evaluate(left, session.work);
  } finally {
    // what was measured is shown, also where something could not be
    const table = await reproduce.show(id);
    const parts = [trained?.text, describeTable(table), describeMissing(await reproduce.missing(id, choice))];
    session.print(table, parts.filter((part) => part !== undefined).join('\n\n'));
  }
}

function changesOf({ precision, limitTrain }: RunOptions): Pick<RunRequestInput, 'precision' | 'limit'> {
  return {
    ...(precision !== undefined && { precision }),
    ...(limitTrain !== undefined && { limit: { train: limitTrain } }),
  };
}

/** @throws {StudioError} input.invalid */
function seedsFrom(text: string): number[] {
  const seeds = text.split(',').map((part) => Number(part.trim()));
  if (seeds.length > 0 && seeds.every((seed) => Number.isInteger(seed) && seed >= 0)) return seeds;
  throw new StudioError('input.invalid', `"${text}" is not a list of seeds.`, {
    remedy: 'Give whole numbers with commas between them: --seeds 1,2,3',
  });
}

function describeMissing({ runs, resume, evaluations, byHand }: MissingWork): string {
  const work = [
    ...(runs.length > 0 ? [`${count(runs.length, 'run')} to train`] : []),
    ...(resume.length > 0 ? [`${count(resume.length, 'run')} to continue`] : []),
    ...(evaluations.length > 0 ? [`${count(evaluations.length, 'evaluation')}`] : []),
    ...(byHand.length > 0 ? [`${byHand.length} cells need data, weights or a timing first`] : []),
  ];
  return work.length === 0 ? 'Nothing is missing.' : `Missing: ${work.join(', ')}.`;
}

const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;

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

function outcome({ state }: ReproductionCell): string {
  if (state.kind !== 'measured') return MISSING[state.kind];
  return `${VERDICTS[state.verdict.kind]} (${state.verdict.reason})`;
}
