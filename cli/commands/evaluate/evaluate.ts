/** `quorum evaluate`: accuracy by named protocols; tables; two evaluations on the same pictures. */
import type { Command } from 'commander';
import type { EvaluationRecord } from '../../../contract/evaluation.ts';
import type { Studio } from '../../../core/studio/createStudio.ts';
import { asJson, describe, describeTiming, recordAsJson } from '../../evaluationText.ts';
import { addInputOptions } from '../../options/inputOptions.ts';
import { onlyBeside } from '../../options/onlyBeside.ts';
import { prepareEngine } from '../../prepareEngine.ts';
import { type Session, withStudio } from '../../session.ts';
import { addCompareCommand } from './compare.ts';
import { addNetworkOptions, addProtocolOptions, type EvaluateOptions, requestOf } from './evaluateOptions.ts';
import { addListCommand } from './list.ts';
import { addRemoveCommand } from './remove.ts';
import { addShowCommand } from './show.ts';
import { addTableOptions, tableText } from './tables.ts';

export function addEvaluateCommand(program: Command): void {
  const evaluate = program
    .command('evaluate')
    .description('Accuracy of a run or of any weights on a split, by named protocols; see also its subcommands.');
  addTableOptions(addInputOptions(addProtocolOptions(addNetworkOptions(evaluate)))).action(
    (options: EvaluateOptions, command: Command) =>
      withStudio(command, (session) => {
        refuseUnused(command, options);
        return evaluateAndPrint(session, options);
      }),
  );
  addListCommand(evaluate);
  addShowCommand(evaluate);
  addRemoveCommand(evaluate);
  addCompareCommand(evaluate);
}

/** Of a weight file; imported weights and runs know all this. */
const FILE_OPTIONS = [
  'entry',
  'rename',
  'size',
  'name',
  'widthFactor',
  'depthFactor',
  'headWidth',
  'poolGrid',
  'smallInput',
];

function refuseUnused(command: Command, { checkpoints }: EvaluateOptions): void {
  onlyBeside(command, 'weights', ['model']);
  onlyBeside(command, 'model', FILE_OPTIONS);
  onlyBeside(command, 'run', ['checkpoint', 'checkpoints']);
  if (!checkpoints) onlyBeside(command, 'table', ['figure', 'intervals', 'rank']);
}

async function evaluateAndPrint(session: Session, options: EvaluateOptions): Promise<void> {
  const request = await requestOf(options);
  await prepareEngine(session, options.device);
  const { studio } = session;
  const { evaluations, notes, timing } = options.checkpoints
    ? await studio.evaluations.series(request, options.checkpoints, session.work)
    : await studio.evaluations.create(request, session.work);
  const ids = evaluations.map(({ id }) => id);
  for (const note of notes) session.progress.say(note);
  if (options.withoutDuplicates) await searchDuplicates(studio, evaluations[0], session.work);
  if (options.plot !== undefined) await studio.evaluations.cropSizePlot(ids, options.plot);
  if (options.table || options.checkpoints) {
    const table = await tableText(studio, options, { ids });
    session.print({ evaluations: evaluations.map(recordAsJson), table, notes, timing }, table);
    return;
  }
  const details = await Promise.all(ids.map((id) => studio.evaluations.show(id)));
  session.print(
    { evaluations: details.map(asJson), notes, timing },
    [...details.map(describe), describeTiming(timing)].join('\n\n'),
  );
}

/** Where nobody has searched the data set yet. */
async function searchDuplicates(
  { evaluations, datasets }: Studio,
  first: Pick<EvaluationRecord, 'id' | 'images'> | undefined,
  work: Session['work'],
): Promise<void> {
  if (first?.images.kind !== 'split') return;
  if ((await evaluations.show(first.id)).withoutDuplicates === null)
    await datasets.duplicates(first.images.datasetId, work);
}
