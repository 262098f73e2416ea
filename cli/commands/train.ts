/** `quorum train`: one run, from its own options, a spec file, or the published command line. */
import { type Command, Option } from 'commander';
import { METRIC } from '../../contract/metrics.ts';
import type { DatasetCard } from '../../contract/dataset.ts';
import { StudioError } from '../../contract/errors.ts';
import type { FineTuningRequest } from '../../contract/fineTuning.ts';
import type { Run } from '../../contract/run.ts';
import type { ModelSpec, RunRequestInput, RunSpec } from '../../contract/runSpec.ts';
import { SEED_COUNT, SETTINGS } from '../../contract/settings.ts';
import { findPreset, settingsFor } from '../../core/studio/runs/presets.ts';
import { resultWarnings } from '../../pure/runWarnings.ts';
import { formatPercent } from '../format.ts';
import { lrRangeTest } from '../lrRangeTest.ts';
import { addFineTuningOptions } from '../options/fineTuningOptions.ts';
import { type ListedOptions, optionVariants } from '../options/optionVariants.ts';
import { readJsonFile, wholeNumber, wholeNumbers } from '../options/optionValues.ts';
import { addSettingOptions } from '../options/settingOptions.ts';
import { prepareEngineOf } from '../prepareEngine.ts';
import { trainBranch } from '../branchRun.ts';
import { queueRuns } from '../queueRuns.ts';
import { resumeRun } from '../resumeRun.ts';
import { type Session, withStudio } from '../session.ts';
import { datasetOfFolders } from '../trainingFolders.ts';
import { trainMany } from '../trainMany.ts';
import { type TrainOptions, trainRequest } from '../trainRequest.ts';
import { watchRun } from '../watchRun.ts';

export function addTrainCommand(program: Command): void {
  const command = program
    .command('train')
    .description('Train a network. Every number takes a list (--lr 1e-3,1e-4 --seed 1-3): a run for every combination.')
    .option('--model <name>', 'network (quorum models list); default vgg11')
    .option('--dataset <id>', 'data set by id or name; default: the one imported last')
    .option('--name <text>', 'name of the run')
    .option('--spec <file.json>', 'settings from a file; options given here win')
    .option(
      '--preset <name>',
      'settings of a named recipe; options given here and --spec win; quick ones follow the number of images',
    )
    .option(`--${SEED_COUNT.flag}`, SEED_COUNT.help, wholeNumber)
    .option('--place <name>', 'where it trains: a place of quorum places list, or here')
    .option('--lr-range-test', 'only show how the loss moves while the learning rate rises')
    .option('--queue', 'only add it to the queue; quorum queue run or an open studio trains it')
    .option(
      '--resume <run>',
      'continue a run from its newest checkpoint, with other epochs, rate or schedule where named',
    )
    .option(
      '--branch <run[@epoch]>',
      'a new run that continues from a checkpoint of another run (also @best, @last), with the settings given here changed',
    )
    .addOption(new Option('--colour <mode>').choices(SETTINGS.color.choices.map(({ value }) => value)).hideHelp());
  addSettingOptions(command);
  addFineTuningOptions(command)
    .optionsGroup('Published command line (-t -v -b -e -d -c11 -es -i -lr):')
    .option('--train <dir>', '-t: folder of training images, imported when it is new')
    .option('--val <dir>', '-v: folder of validation images')
    .option('--batchsize <n>', '-b', wholeNumbers)
    .option('--depth <n>', '-d: 11, 13, 16 or 19 layers')
    .option('--conv1_1', '-c11: 1×1 filters in the 16-layer network')
    .option('--early_stopping <n>', '-es', wholeNumbers)
    .option('--imagesize <pixels>', '-i', wholeNumbers)
    .action((_options: unknown, command: Command) =>
      withStudio(command, (session) => train(session, command.opts<ListedOptions>())),
    );
}

async function train(session: Session, listed: ListedOptions): Promise<void> {
  const { studio, progress } = session;
  const variants = optionVariants(listed);
  const [options] = variants;
  if (options.resume !== undefined) {
    return finish(session, await resumeRun(session, options.resume, variants));
  }
  if (options.branch !== undefined) return finish(session, await trainBranch(session, options.branch, variants));
  const file = options.spec === undefined ? {} : readJsonFile(options.spec);
  if (typeof file !== 'object' || file === null || Array.isArray(file))
    throw new StudioError('input.invalid', `${options.spec} does not hold an object of settings.`);
  const preset = options.preset === undefined ? null : findPreset(options.preset);
  const basesFor = (images: number): Record<string, unknown>[] =>
    (preset ? settingsFor(preset, images) : [{}]).map((settings) => ({ ...settings, ...file }));
  const base = basesFor(Infinity)[0] ?? {};
  // Settings before data: a wrong option is named at once, not after an import.
  const initial = options.init === undefined ? null : await startFrom(session, options, base);
  const settingsOf = (images: number): Omit<RunRequestInput, 'dataset'>[] =>
    basesFor(images).flatMap((each) =>
      variants.map((variant) =>
        trainRequest(variant, { ...each, ...(initial?.model && { model: initial.model }) }, initial?.from),
      ),
    );
  settingsOf(Infinity);
  const card = await chooseDataset(session, options, typeof base['dataset'] === 'string' ? base['dataset'] : undefined);
  const requests = settingsOf(card.splits.train?.count ?? Infinity).map((each) => ({ ...each, dataset: card.id }));
  const [first] = requests;
  if (options.lrRangeTest && first) return lrRangeTest(session, first);
  if (options.queue) return queueRuns(session, requests);
  if (requests.length > 1) return trainMany(session, requests);
  const run = await studio.runs.create(first);
  const { spec } = run;
  await prepareEngineOf(session, spec);
  progress.say(startLine(run.id, spec, card));
  const { startWarnings } = await import('../../core/studio/runs/startWarnings.ts');
  for (const warning of startWarnings(spec, card)) progress.say(warning);
  await sayFineTuning(session, spec);
  await finish(session, await watchRun(session, run.id));
}

/** What a run is about to do: the images that are used, not those that are there. */
export function startLine(
  id: string,
  spec: RunSpec,
  { name, splits, splitRule }: Pick<DatasetCard, 'name' | 'splits' | 'splitRule'>,
): string {
  const { size, color } = spec.preprocessing;
  const used = (split: 'train' | 'val'): number => Math.min(splits[split]?.count ?? 0, spec.limit[split] ?? Infinity);
  const data = `${used('train')} training and ${used('val') || 'no'} validation images of ${size}×${size} ${color}`;
  const recipe =
    `batch ${spec.batchSize}, ${spec.epochs} epochs, ${spec.optimizer.kind}, lr ${spec.lr}, ` + `${spec.precision}`;
  return `${id}: ${spec.model.name} on "${name}", ${spec.classNames.length} classes, ${data}, ${recipe}. ${splitRule}`;
}

/** What `--init` means. Imported weights and runs bring their network where none is named. */
async function startFrom(
  { studio }: Session,
  { init = '', model, depth, conv1_1 }: TrainOptions,
  base: Readonly<Record<string, unknown>>,
): Promise<{ from: FineTuningRequest['from']; model: ModelSpec | null }> {
  const found = await studio.startingPoints.read(init);
  const named = model ?? depth ?? conv1_1 ?? base['model'];
  if (named === undefined && !found.model)
    throw new StudioError('input.invalid', `${init} is a weight file, which does not say the network it belongs to.`, {
      remedy: 'Add --model, e.g. --model vgg16; quorum weights inspect shows what the file holds.',
    });
  return { from: found.from, model: named === undefined ? found.model : null };
}

/** What is frozen, new and loaded, before the first step. */
async function sayFineTuning({ studio, progress }: Session, spec: RunSpec): Promise<void> {
  const words = await studio.startingPoints.describe(spec);
  if (words) for (const line of [`${words.summary}.`, ...words.notes]) progress.say(line);
}

async function chooseDataset(
  session: Session,
  { train: folder, val, dataset }: TrainOptions,
  fromFile: string | undefined,
): Promise<DatasetCard> {
  const { studio, progress } = session;
  if (folder !== undefined && dataset !== undefined)
    throw new StudioError('input.invalid', '-t and --dataset both name the data.', { remedy: 'Give one of them.' });
  if (folder !== undefined) return datasetOfFolders(session, folder, val);
  if (val !== undefined)
    throw new StudioError('input.invalid', '-v needs -t.', { remedy: 'Add -t with the folder of training images.' });
  const asked = dataset ?? fromFile;
  const card = await studio.datasets.show(asked);
  if (asked === undefined) progress.say(`Data set: "${card.name}" (${card.id}), the one imported last.`);
  return card;
}

async function finish(session: Session, run: Run): Promise<void> {
  const { studio, interrupts } = session;
  const { checkpoints, directory } = await studio.runs.show(run.id);
  const validated = run.best[METRIC.valTop1] !== undefined;
  const best =
    run.bestEpoch === null
      ? ''
      : validated
        ? ` Best epoch ${run.bestEpoch}: validation loss ` +
          `${run.best[METRIC.valLoss]?.toFixed(4) ?? '–'}, top-1 ` +
          `${formatPercent(run.best[METRIC.valTop1])}.`
        : ` Best epoch ${run.bestEpoch}: training loss ${run.best[METRIC.trainLoss]?.toFixed(4) ?? '–'}.`;
  for (const warning of resultWarnings(run, run.spec.classNames.length)) session.progress.say(warning);
  const advice =
    run.state === 'finished'
      ? `Predict with it: quorum predict --run ${run.id} --data ` +
        `${validated ? 'val' : 'FOLDER'} --output predictions.csv`
      : (run.error?.remedy ?? (checkpoints.length > 0 ? `Continue it: quorum train --resume ${run.id}` : ''));
  session.print(
    { ...run, directory, checkpoints },
    `${run.id} ${run.state}${run.reason ? `: ${run.reason}` : '.'}${best}\n${advice}`.trimEnd(),
  );
  if (run.state !== 'finished' && !interrupts.signal.aborted) process.exitCode = 1;
}
