/** Options that predict and ensemble share: what to predict, how to vote, what to write. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { Split } from '../../contract/dataset.ts';
import type { DeviceChoice } from '../../contract/deviceChoice.ts';
import { StudioError } from '../../contract/errors.ts';
import type { VoteReport, VoteRequest } from '../../core/studio/results/vote.ts';
import type { RuleRequest } from '../../core/studio/results/votingRule.ts';
import { formatPercent, formatTable, printable } from '../format.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { pValueText } from '../../pure/statistics/pValueText.ts';
import { voteVerdict } from '../../pure/voteVerdict.ts';
import type { MemberName } from '../../core/studio/results/members.ts';
import { wholeNumber } from './optionValues.ts';
import { deviceOption } from './deviceOption.ts';
import { addClassOptions, type ClassOptions, readingOf } from './classOptions.ts';

export interface DataOptions extends ClassOptions {
  readonly data: string;
  readonly dataset?: string;
  readonly output: string;
  readonly checkpoint: 'best' | 'last';
  readonly protocol?: string;
  readonly batchSize?: number;
  readonly device?: DeviceChoice;
  readonly probabilities?: boolean;
  readonly memberProbabilities?: boolean;
  readonly confidence?: boolean;
  readonly top5?: boolean;
  readonly truth?: boolean;
  readonly why?: boolean;
  readonly rawNames?: boolean;
  readonly ids?: boolean;
  readonly again?: boolean;
  readonly overwrite?: boolean;
}

export interface RuleOptions {
  readonly rule?: RuleRequest['kind'];
  readonly fallback?: string;
  readonly voteWeights?: string;
}

export interface MemberOptions {
  readonly run?: readonly MemberName[];
  readonly weights?: readonly MemberName[];
}

export function addDataOptions(command: Command): Command {
  return addClassOptions(command)
    .requiredOption('--data <split|folder>', 'train, val, test, or a folder of images')
    .option('--dataset <id>', "data set of the split; default: each run's own")
    .option('--output <file.csv>', 'where the predictions go', 'predictions.csv')
    .addOption(new Option('--checkpoint <which>', 'of each run').choices(['best', 'last']).default('best'))
    .option('--protocol <name>', 'of every network (quorum protocol list); default: each as it was trained')
    .option('--batch-size <n>', 'images at a time', wholeNumber)
    .addOption(deviceOption("default: the run's own"))
    .option('--probabilities', 'a column with the mean probability of every class')
    .option('--member-probabilities', 'columns with the probability of every class by each network')
    .option('--confidence', "the probability of each network's class and of the decision")
    .option('--top5', 'the five most probable classes')
    .option('--truth', 'the label, where there is one')
    .option('--why', 'the reason for each decision')
    .option('--raw-names', 'a last column "path" with the exact path: "image" is made safe for spreadsheets')
    .option('--ids', 'class ids instead of names')
    .option('--again', 'predict again even if this was predicted before')
    .option('--overwrite', 'replace an existing file');
}

/** Adds --run and --weights, whose values keep the order in which they are written. */
export function addMemberOptions(command: Command): Command {
  const members: MemberName[] = [];
  const collect = (kind: MemberName['kind']) => (text: string) => {
    members.push({ kind, text });
    return members;
  };
  return command
    .option('--run <run>', 'run by id or name; may be repeated', collect('run'))
    .option(
      '--weights <weights>',
      'imported weights by id or name; may be repeated, also together with runs',
      collect('weights'),
    );
}

/** @throws {StudioError} input.invalid: none at all */
export function memberNames({ run, weights }: MemberOptions): readonly MemberName[] {
  const members = run ?? weights;
  if (members) return members;
  throw new StudioError('input.invalid', 'Name at least one network.', {
    remedy: 'Write --run RUN, or --weights WEIGHTS for imported ones.',
  });
}

export function addRuleOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--rule <kind>', 'how the networks vote; default majority').choices([
        'majority',
        'mean',
        'weighted',
        'fallback',
      ]),
    )
    .option(
      '--fallback <network>',
      'the network that decides where all differ; default: the 11-layer VGG, else the first',
    )
    .option('--vote-weights <list>', 'of the rule weighted, one per network: 1,2,1');
}

/** @throws {StudioError} `input.invalid`; as `readingOf` */
export async function voteRequest(options: DataOptions): Promise<Omit<VoteRequest, 'members' | 'rule'>> {
  const split = Split.safeParse(options.data);
  if (!split.success && options.dataset !== undefined)
    throw new StudioError('input.invalid', '--dataset says whose split --data is, and has no effect with a folder.', {
      remedy: `Leave it out, or write --data ${Split.options.join(', ')}.`,
    });
  const { probabilities = false, confidence = false, top5 = false, truth = false, why = false } = options;
  const { memberProbabilities = false, rawNames: path = false } = options;
  return {
    images: split.success
      ? { kind: 'split', split: split.data, ...(options.dataset !== undefined && { dataset: options.dataset }) }
      : { kind: 'folder', path: resolve(options.data) },
    checkpoint: options.checkpoint,
    output: resolve(options.output),
    overwrite: options.overwrite ?? false,
    cells: options.ids ? 'id' : 'name',
    columns: { probabilities, memberProbabilities, confidence, top5, truth, why, path },
    reuse: !options.again,
    ...(options.protocol !== undefined && { protocol: options.protocol }),
    ...(await readingOf(options)),
    ...(options.batchSize !== undefined && { batchSize: options.batchSize }),
    ...(options.device !== undefined && { device: options.device }),
  };
}

/** @throws {StudioError} `input.invalid` for weights that are no numbers or do not belong to the rule */
export function ruleRequest({ rule = 'majority', fallback, voteWeights: weights }: RuleOptions): RuleRequest {
  if ((weights !== undefined) !== (rule === 'weighted'))
    throw new StudioError(
      'input.invalid',
      weights === undefined ? 'The rule "weighted" needs weights.' : '--vote-weights belongs to --rule weighted.',
      { remedy: 'Write --rule weighted --vote-weights 1,2,1, one weight a network.' },
    );
  if (fallback !== undefined && rule !== 'majority' && rule !== 'fallback')
    throw new StudioError('input.invalid', `The rule "${rule}" has no fallback network.`, {
      remedy: 'Leave --fallback out, or choose the rule majority or fallback.',
    });
  const numbers = weights?.split(',').map(Number);
  if (numbers?.some((value) => !(value >= 0 && Number.isFinite(value))))
    throw new StudioError('input.invalid', `"${weights}" is not a list of weights of 0 or more.`, {
      remedy: 'Write --vote-weights 1,2,1.',
    });
  return { kind: rule, ...(fallback !== undefined && { fallback }), ...(numbers && { weights: numbers }) };
}

/** Whether the vote was worth it, in one sentence; nothing without labels. */
export function verdictText({ top1, members }: Pick<VoteReport, 'top1' | 'members'>): string[] {
  const verdict = voteVerdict(
    top1,
    members.map((member) => ({ ...member, accuracy: member.top1 })),
  );
  if (!verdict) return [];
  const { best, difference, significant } = verdict;
  if (difference === 0) return [`The vote is as good as ${best.model}, the best member.`];
  const points = `${(100 * Math.abs(difference)).toFixed(2)} points ${difference > 0 ? 'above' : 'below'}`;
  const p = best.pValue === null ? '' : ` (McNemar's exact test: p ${pValueText(best.pValue)})`;
  return [
    `The vote is ${points} ${best.model}, the best member; the difference is ${significant ? '' : 'not '}` +
      `significant${p}.`,
  ];
}

export function describeVote(report: VoteReport): string {
  const { csv, sidecar, members, top1, whyCounts, agreement, gains, skipped } = report;
  const single = members.length === 1;
  const rows = members.map((member, i) => {
    const gain = gains.find(({ id }) => id === member.id)?.gain ?? null;
    return [
      member.id,
      member.model,
      formatPercent(member.top1),
      formatPercent(member.top5),
      gain === null ? '–' : `${gain >= 0 ? '+' : ''}${(100 * gain).toFixed(2)}`,
      ...(agreement[i] ?? []).map((share) => (100 * share).toFixed(0)),
    ];
  });
  const header = ['member', 'network', 'top-1', 'top-5', 'gain', ...members.map((_, i) => `agrees ${i + 1}`)];
  const table = single
    ? formatTable(header.slice(0, 4), rows, header.slice(2))
    : formatTable(header, rows, header.slice(2));
  const lines = [
    table,
    ...(single
      ? []
      : [
          `vote: ${top1 === null ? 'no labels to compare with' : `${formatPercent(top1)} top-1`}; ${Object.entries(
            whyCounts,
          )
            .map(([why, count]) => `${count} ${why}`)
            .join(', ')}`,
          ...verdictText(report),
        ]),
    ...(skipped.length > 0 ? [`${skipped.length} images could not be read; they are listed in ${sidecar}`] : []),
    `${csv.rows} rows, ${formatBytes(csv.sizeBytes)}: ${csv.path}`,
    `how they came about: ${sidecar}`,
  ];
  return lines.map((line) => line.split('\n').map(printable).join('\n')).join('\n');
}
