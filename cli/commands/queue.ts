/**
 * `quorum queue`: what waits to be trained, in which order, and training it. An open studio trains the same queue by
 * itself.
 */
import type { Command } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import type { RunRow } from '../../contract/api/runTypes.ts';
import { formatTable, formatWhen, printable } from '../format.ts';
import { openQueue, runQueue } from '../queueRuns.ts';
import { type Session, withStudio } from '../session.ts';

export function addQueueCommand(program: Command): void {
  const queue = program.command('queue').description('The queue of runs: add, list, move, remove, pause, run.');
  queue
    .command('add <run...>')
    .description(
      'Put runs that were stopped, interrupted or made elsewhere at the end (new ones: quorum train … --queue).',
    )
    .action((texts: string[], _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const {
          studio: { context, runBook },
        } = session;
        const held = await context.leases.heldRuns();
        const rows = [];
        for (const text of texts) {
          const row = await runBook.find(text);
          if (held.has(row.id))
            throw new StudioError('run.inUse', `"${row.name}" is training already.`, {
              remedy: 'Choose runs that are not training.',
            });
          if (row.state === 'finished')
            throw new StudioError('input.invalid', `"${row.name}" is finished.`, {
              remedy: 'Train it anew with other settings or another seed: quorum train … --queue',
            });
          rows.push(row);
        }
        await context.queue.add(
          rows.map(({ id }) => id),
          'back',
        );
        await list(session);
      }),
    );
  queue
    .command('list')
    .description('What trains and what waits, in the order in which it will start.')
    .action((_options: unknown, command: Command) => withStudio(command, list));
  queue
    .command('move <run>')
    .description('To the end of the queue, or before another run that waits.')
    .option('--before <run>', 'the run it is to come before')
    .action((text: string, { before }: { before?: string }, command: Command) =>
      withStudio(command, async (session) => {
        const { context, runBook } = session.studio;
        await context.queue.move(
          (await waitingRun(session, text)).id,
          before === undefined ? null : (await runBook.find(before)).id,
        );
        await list(session);
      }),
    );
  queue
    .command('remove <run...>')
    .description('Take runs out of the queue; they are kept.')
    .action((texts: string[], _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        for (const text of texts) {
          const { id, step } = await waitingRun(session, text);
          await session.studio.context.queue.take(id, step > 0 ? 'interrupted' : 'stopped');
        }
        await list(session);
      }),
    );
  for (const [name, paused, words] of [
    ['pause', true, 'Nothing new starts, in no program; what trains goes on.'],
    ['resume', false, 'What waits may start again, where a studio is open.'],
  ] as const) {
    queue
      .command(name)
      .description(words)
      .action((_options: unknown, command: Command) =>
        withStudio(command, async (session) => {
          await openQueue(session).queue.configure({ paused, pausedReason: null });
          await list(session);
        }),
      );
  }
  queue
    .command('run')
    .description('Train what waits until nothing does; a run that fails does not keep the rest from being trained.')
    .option('--stop-after-failure', 'pause the queue when a run fails')
    .action(({ stopAfterFailure = false }: { stopAfterFailure?: boolean }, command: Command) =>
      withStudio(command, (session) => runQueue(session, { stopAfterFailure })),
    );
}

async function waitingRun({ studio }: Session, text: string): Promise<RunRow> {
  const row = await studio.runBook.find(text);
  if (row.queuePosition === null)
    throw new StudioError('input.invalid', `"${row.name}" does not wait (${row.state}).`, {
      remedy: 'quorum queue list shows what does.',
    });
  return row;
}

async function list(session: Session): Promise<void> {
  const {
    studio: { context, runBook },
    print,
  } = session;
  const held = await context.leases.heldRuns();
  const { runs } = await runBook.list({ trashed: false });
  const running = runs.filter(({ id }) => held.has(id));
  const waiting = runs
    .filter((run) => run.queuePosition !== null)
    .sort((a, b) => (a.queuePosition ?? 0) - (b.queuePosition ?? 0));
  const settings = await openQueue(session).queue.settings();
  const rows = [...running, ...waiting].map((run) => [
    run.queuePosition === null ? '' : String(run.queuePosition),
    run.id,
    run.name,
    run.state,
    run.spec.device,
    formatWhen(run.createdAt),
  ]);
  print(
    { running, waiting, ...settings },
    [
      rows.length > 0
        ? formatTable(['place', 'run', 'name', 'state', 'device', 'created'], rows, ['place'])
        : 'Nothing trains, nothing waits.',
      ...(settings.paused
        ? [
            printable(
              settings.pausedReason ?? 'Paused: nothing new starts. Go on: quorum queue resume, or quorum queue run.',
            ),
          ]
        : []),
    ].join('\n'),
  );
}
