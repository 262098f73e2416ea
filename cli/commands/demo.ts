/** `quorum demo`: the whole job on a shipped sample: import, train five networks, vote, export. */
import { mkdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { PresetSettings } from '../../contract/api/runs/presets.ts';
import type { DatasetCard } from '../../contract/dataset.ts';
import { StudioError } from '../../contract/errors.ts';
import type { Run } from '../../contract/run.ts';
import type { DeviceChoice } from '../../contract/deviceChoice.ts';
import { DEMO_CHANGES, DEMO_DATA, DEMO_RUNS, DEMO_SHEET, type DemoName } from '../options/demoSettings.ts';
import type { VoteReport } from '../../core/studio/results/vote.ts';
import { formatSeconds } from '../format.ts';
import { prepareEngine } from '../prepareEngine.ts';
import { type Session, withStudio } from '../session.ts';
import { describeVote } from '../options/votingOptions.ts';
import { watchRun } from '../watchRun.ts';
import { deviceOption } from '../options/deviceOption.ts';

interface DemoOptions {
  readonly dataset: DemoName;
  readonly device: DeviceChoice;
  readonly keep?: boolean;
}

const SAMPLES = fileURLToPath(new URL('../../resources/samples/', import.meta.url));

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('Everything on a sample that comes with Quorum: train five networks, vote, export.')
    .addOption(
      new Option('--dataset <name>', 'Fashion-MNIST in gray, or emoji in colour')
        .choices(Object.keys(DEMO_DATA))
        .default('fashion'),
    )
    .addOption(deviceOption('what computes').default('auto'))
    .option('--keep', 'reuse the finished networks of an earlier demo')
    .action((options: DemoOptions, command: Command) => withStudio(command, (session) => demo(session, options)));
}

async function demo(session: Session, { dataset, device, keep = false }: DemoOptions): Promise<void> {
  const { studio, progress, interrupts, work } = session;
  const began = performance.now();
  const { title } = DEMO_DATA[dataset];
  await prepareEngine(session, device);
  const card = await importSample(session, dataset);
  const runs: Run[] = [];
  for (const settings of DEMO_RUNS) {
    const run = await trainDemoRun(session, { dataset, device, keep }, card, settings);
    if (interrupts.signal.aborted)
      return session.print(run, `Stopped. Continue this network: quorum train --resume ${run.id}`);
    if (run.state !== 'finished')
      throw new StudioError(
        'run.workerDied',
        `Run ${run.id} (${run.spec.model.name}) ended as ${run.state}: ${run.reason ?? ''}`,
        run.error?.remedy ? { remedy: run.error.remedy } : {},
      );
    runs.push(run);
  }
  const folder = join(studio.paths.demo, dataset);
  await mkdir(folder, { recursive: true });
  const file = (name: string): string => join(folder, name);
  const report = await studio.ensembles.vote(
    {
      members: runs.map(({ id }) => ({ kind: 'run', text: id })),
      images: { kind: 'split', split: 'test', dataset: card.id },
      device,
      output: file('predictions.csv'),
      overwrite: true,
      columns: { truth: true, why: true },
      contactSheet: {
        path: file('contact-sheet.png'),
        count: DEMO_SHEET,
        title: `${title}: what five VGG networks see`,
      },
    },
    work,
  );
  await studio.runs.curves(
    runs.map((run) => run.id),
    {
      svg: file('curves.svg'),
      png: file('curves.png'),
      title: `${title}: five VGG networks`,
      subtitle: card.splitRule,
    },
  );
  const files = {
    predictions: file('predictions.csv'),
    sidecar: report.sidecar,
    contactSheet: file('contact-sheet.png'),
    curvesSvg: file('curves.svg'),
    curvesPng: file('curves.png'),
  };
  const seconds = (performance.now() - began) / 1000;
  progress.end();
  session.print(
    { folder, files, seconds, report },
    `${describeVote(report)}\n\nDone in ${formatSeconds(seconds)}. Results in ` +
      `${folder}${sep}:\n  predictions.csv  contact-sheet.png  curves.svg  curves.png\n` +
      `Next: look at the ${disagreements(report)} images on which the networks disagree: npx quorum serve, then ` +
      'Ensembles → New ensemble. Or import images of your own: npx quorum dataset import FOLDER',
  );
}

function disagreements({ csv, whyCounts }: VoteReport): number {
  return csv.rows - (whyCounts.unanimous ?? 0);
}

async function importSample({ studio, progress, work }: Session, name: DemoName): Promise<DatasetCard> {
  const { folder, name: title, fractions } = DEMO_DATA[name];
  const path = join(SAMPLES, folder);
  const known = await studio.datasets.findByRoot(path);
  if (known) return known;
  const taken = (await studio.datasets.list()).datasets.some((card) => card.name === title);
  const card = await studio.datasets.import({ path, fractions, ...(!taken && { name: title }) }, work);
  progress.say(
    `Imported ${card.name}: ${Object.entries(card.splits)
      .map(([split, { count }]) => `${count} ${split}`)
      .join(', ')}, ${card.classNames.length} classes.`,
  );
  return card;
}

async function trainDemoRun(
  session: Session,
  { dataset, device, keep }: Required<DemoOptions>,
  card: DatasetCard,
  settings: PresetSettings,
): Promise<Run> {
  const { studio } = session;
  const model = settings.model.name;
  const name = `Demo ${dataset} ${model}`;
  if (keep) {
    const earlier = (await studio.runs.list()).runs.find(
      (run) => run.name === name && run.state === 'finished' && run.spec.dataset === card.id,
    );
    if (earlier) return earlier;
  }
  const created = await studio.runs.create({
    ...settings,
    ...DEMO_CHANGES[dataset],
    name,
    dataset: card.id,
    device,
  });
  return watchRun(session, created.id, { label: model });
}
