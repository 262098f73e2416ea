/** `quorum runs show`. */
import type { Command } from 'commander';
import type { CheckpointInfo } from '../../../contract/run.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import type { RunWithCheckpoints } from '../../../core/studio/runs/runs.ts';
import { formatWhen, printable } from '../../format.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { withStudio } from '../../session.ts';

export function addRunsShowCommand(runs: Command): void {
  runs
    .command('show <run>')
    .description('Show the settings, results and checkpoints of a run.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, json, print }) => {
        const { id } = await studio.runBook.find(text);
        const run = await studio.runs.show(id);
        const metrics = json ? await studio.runs.metrics(id) : [];
        print({ ...run, metrics }, detailsOf(run));
      }),
    );
}

const LABEL_WIDTH = 12;

function detailsOf(run: RunWithCheckpoints): string {
  const { spec } = run;
  const line = (label: string, text: string): string => `${label.padEnd(LABEL_WIDTH)}${text}`;
  const lines = [
    `${run.id}  "${run.name}"  ${run.state}${run.reason ? `: ${run.reason}` : ''}`,
    ...(run.error?.remedy ? [run.error.remedy] : []),
    line('network', networkOf(spec)),
    line('data set', `${spec.dataset}, ${spec.classNames.length} classes`),
    line('input', inputOf(spec)),
    line('training', trainingOf(spec)),
    line('changes', augmentationOf(spec)),
    line('device', deviceOf(run)),
    line('progress', progressOf(run)),
    line('last', metricsOf(run.last)),
    line('best', run.bestEpoch === null ? '–' : `epoch ${run.bestEpoch}: ${metricsOf(run.best)}`),
    ...run.checkpoints.map((checkpoint) => line('checkpoint', checkpointOf(checkpoint))),
    line('folder', run.directory),
  ];
  return lines.map(printable).join('\n');
}

function networkOf({ model }: RunSpec): string {
  const options = Object.entries(model.options).map(([name, value]) => `${name} ${value}`);
  return `${model.name}${options.length > 0 ? ` (${options.join(', ')})` : ''}`;
}

function inputOf({ preprocessing: { size, color, mean, std } }: RunSpec): string {
  const numbers = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join(' ');
  return `${size}×${size} ${color}, mean ${numbers(mean)}, sd ${numbers(std)}`;
}

function trainingOf({ batchSize, epochs, lr, optimizer, schedule, seed, precision }: RunSpec): string {
  const words = ({ kind, ...settings }: { readonly kind: string }): string =>
    [kind, ...Object.entries(settings).map(([name, value]) => `${name} ${String(value)}`)].join(', ');
  return (
    `batch ${batchSize}, ${epochs} epochs, lr ${lr}, ${words(optimizer)}; ` +
    `schedule ${words(schedule)}; seed ${seed}; ${precision}`
  );
}

function augmentationOf({ augmentation, earlyStopping }: RunSpec): string {
  const stopping = earlyStopping
    ? `early stopping on ${earlyStopping.metric}, patience ${earlyStopping.patience}`
    : 'no early stopping';
  return `${augmentation.flip ? 'flip' : 'no flip'}, crop padding ${augmentation.cropPadding}; ${stopping}`;
}

function deviceOf({ device }: RunWithCheckpoints): string {
  if (!device) return '–';
  const { name, kind, engine, engineVersion, notice } = device;
  return `${name} (${kind}, ${engine} ${engineVersion})${notice ? ` – ${notice}` : ''}`;
}

function progressOf({ step, totalSteps, createdAt, endedAt }: RunWithCheckpoints): string {
  const total = totalSteps ? ` of ${totalSteps}` : '';
  return `step ${step}${total}; created ${formatWhen(createdAt)}${endedAt ? `, ended ${formatWhen(endedAt)}` : ''}`;
}

function checkpointOf({ seq, step, trigger, isBest, sizeBytes }: CheckpointInfo): string {
  return `${seq} at step ${step} (${trigger}${isBest ? ', best' : ''}), ${formatBytes(sizeBytes)}`;
}

function metricsOf(metrics: Readonly<Record<string, number>>): string {
  const words = Object.entries(metrics).map(([name, value]) => `${name} ${Number(value.toPrecision(5))}`);
  return words.join('  ') || '–';
}
