/** The value of a report's figure, read from what is stored: probabilities, journals, cards. */
import { hash } from 'node:crypto';
import { StudioError } from '../../../contract/errors.ts';
import type { FigureVote } from '../../../contract/results/figure.ts';
import type {
  ComparedQuantity,
  EvaluatedQuantity,
  ReportSource,
  ReportValue,
  VoteQuantity,
} from '../../../contract/results/report.ts';
import type { Run } from '../../../contract/run.ts';
import type { ReproducedTable } from '../../../contract/results/reproduction.ts';
import { METRIC } from '../../../contract/metrics.ts';
import { meanAndSd } from '../../../pure/statistics/seedGroups.ts';
import { flattenSettings } from '../../../pure/settingsDiff.ts';
import { PAGE_FIGURE } from '../../../pure/figures/theme.ts';
import { readOverlay } from '../../data/set/overlay.ts';
import { describeNetwork } from '../../models/describe.ts';
import { getModel } from '../../models/registry.ts';
import type { StudioContext } from '../context.ts';
import { drawFigure } from '../figures/drawFigure.ts';
import { findEvaluation } from '../figures/findEvaluation.ts';
import type { Ask } from '../lookups/handlers.ts';

export interface Reading {
  readonly context: StudioContext;
  readonly ask: Ask;
  /** A published table with what is measured here. */
  reproduced(project: string): Promise<ReproducedTable>;
}

/** @throws {StudioError} `run.notFound`, `prediction.notFound`, `dataset.notFound`, …: what it was read from is gone */
export async function readFigure(source: ReportSource, reading: Reading): Promise<ReportValue> {
  const { context } = reading;
  switch (source.kind) {
    case 'evaluation':
      return ofEvaluation(source.evaluation, source.of, reading);
    case 'metric':
      return (await requireRun(context, source.run)).best[source.metric] ?? null;
    case 'run':
      return ofRun(await requireRun(context, source.run), source.of, context);
    case 'setting':
      return settingOf(await requireRun(context, source.run), source.setting);
    case 'vote':
      return ofVote(source, reading);
    case 'comparison':
      return ofComparison(source, reading);
    case 'seeds':
      return ofSeeds(source.runs, source.of, context);
    case 'dataset':
      return ofDataset(source.dataset, source.of, context);
    case 'split':
      return ofSplit(source, reading);
    case 'parameters':
      return parametersOf(await requireRun(context, source.run));
    case 'cell':
      return ofCell(source, await reading.reproduced(source.project));
    case 'image':
      return ofImage(source.votes, source.index, source.of, reading);
    case 'drawing':
      return digestOf((await drawFigure(source.question, { ...reading, theme: PAGE_FIGURE })).svg.trimEnd());
  }
}

/** As the value of a drawing. */
export const digestOf = (text: string): string => hash('sha256', text);

async function requireRun({ runs }: StudioContext, id: string): Promise<Run> {
  const run = await runs.find(id);
  if (!run) throw new StudioError('run.notFound', `There is no run "${id}".`);
  return run;
}

async function ofEvaluation(id: string, of: EvaluatedQuantity, { context, ask }: Reading): Promise<ReportValue> {
  const evaluation = await findEvaluation(context, id);
  const figures = await ask('evaluationFigures', { evaluation, dataDir: context.paths.dataDir });
  const { top1Accuracy: top1, top5Accuracy: top5, withoutDuplicates: clean } = figures;
  switch (of) {
    case 'images':
      return evaluation.count;
    case 'labelled':
      return figures.labelled;
    case 'top1':
      return top1.accuracy;
    case 'top1Low':
      return top1.interval?.low ?? null;
    case 'top1High':
      return top1.interval?.high ?? null;
    case 'top5':
      return top5.accuracy;
    case 'loss':
      return figures.logLoss;
    case 'calibrationError':
      return figures.calibration.expectedError;
    case 'copies':
      return clean?.near.removed ?? null;
    case 'top1WithoutCopies':
      return clean?.near.top1.accuracy ?? null;
  }
}

async function ofRun(
  run: Run,
  of: Extract<ReportSource, { kind: 'run' }>['of'],
  { runRows }: StudioContext,
): Promise<ReportValue> {
  if (of === 'bestEpoch') return run.bestEpoch;
  if (of === 'step') return run.step;
  if (of === 'seed') return run.spec.seed;
  const row = await runRows.find(run.id);
  return row === null ? null : Number((row.durationMs / 3_600_000).toPrecision(6));
}

/** As it is written in tables of settings; null where the run does not have it. */
function settingOf(run: Run, setting: string): ReportValue {
  const value = new Map(flattenSettings(run.spec)).get(setting);
  return value === undefined || value === null ? null : String(value);
}

async function ofVote(
  { votes, of, member = 0, other = 0 }: { votes: FigureVote; of: VoteQuantity; member?: number; other?: number },
  { context, ask }: Reading,
): Promise<ReportValue> {
  const figures = await ask('voteFigures', { directories: await directoriesOf(votes, context), rule: votes.rule });
  const own = figures.members[member];
  switch (of) {
    case 'labelled':
      return figures.labelled;
    case 'accuracy':
      return figures.vote?.accuracy ?? null;
    case 'low':
      return figures.vote?.interval?.low ?? null;
    case 'high':
      return figures.vote?.interval?.high ?? null;
    case 'oracle':
      return figures.oracle?.accuracy ?? null;
    case 'gain':
      return own?.top1?.accuracy == null || figures.vote?.accuracy == null
        ? null
        : figures.vote.accuracy - own.top1.accuracy;
    case 'pValue':
      return own?.pValue ?? null;
    case 'agreement':
      return figures.agreement[member]?.[other] ?? null;
  }
}

async function directoriesOf(votes: FigureVote, context: StudioContext): Promise<string[]> {
  const directories: string[] = [];
  for (const id of votes.predictions) directories.push((await findEvaluation(context, id)).path);
  return directories;
}

async function ofComparison(
  { first, second, of }: { first: string; second: string; of: ComparedQuantity },
  { context, ask }: Reading,
): Promise<ReportValue> {
  const compared = await ask('compare', {
    first: await findEvaluation(context, first),
    second: await findEvaluation(context, second),
  });
  if (of === 'low' || of === 'high') return compared.interval?.[of] ?? null;
  return compared[of];
}

async function ofSeeds(ids: readonly string[], of: 'mean' | 'sd', context: StudioContext): Promise<ReportValue> {
  const values: number[] = [];
  for (const id of ids) {
    const value = (await requireRun(context, id)).best[METRIC.valTop1];
    if (value !== undefined) values.push(value);
  }
  return meanAndSd(values)?.[of] ?? null;
}

async function requireDataset({ datasets }: StudioContext, id: string) {
  const card = await datasets.find(id);
  if (!card) throw new StudioError('dataset.notFound', `There is no data set "${id}".`);
  return card;
}

async function ofDataset(
  id: string,
  of: Extract<ReportSource, { kind: 'dataset' }>['of'],
  context: StudioContext,
): Promise<ReportValue> {
  const card = await requireDataset(context, id);
  if (of === 'classes') return card.classIds.length;
  return of === 'unreadable' ? card.quarantined : readOverlay(context.paths.datasetDir(id)).changes.length;
}

async function ofSplit(
  { dataset, split, of }: Extract<ReportSource, { kind: 'split' }>,
  { context, ask }: Reading,
): Promise<ReportValue> {
  const card = await requireDataset(context, dataset);
  if (of === 'images') return card.splits[split]?.count ?? null;
  const directory = context.paths.datasetDir(dataset);
  const found = await ask('duplicates', { directory, acrossOnly: true, offset: 0, limit: 1 });
  return split === 'train' ? null : (found?.report.leaked[split] ?? null);
}

function parametersOf({ spec }: Run): number {
  const { size, color } = spec.preprocessing;
  return describeNetwork(getModel(spec.model.name), {
    size,
    channels: color === 'gray' ? 1 : 3,
    classes: spec.classNames.length,
    options: spec.model.options,
  }).learnable;
}

function ofCell({ row, column, of }: Extract<ReportSource, { kind: 'cell' }>, { cells }: ReproducedTable): ReportValue {
  const state = cells.find((cell) => cell.row === row && cell.column === column)?.state;
  if (state?.kind !== 'measured') return null;
  if (of === 'value') return state.value;
  return of === 'verdict' ? VERDICTS[state.verdict.kind] : state.verdict.reason;
}

const VERDICTS = {
  agrees: 'agrees',
  differs: 'differs beyond chance',
  tooFewImages: 'too few images to tell',
  notComparable: 'not comparable',
} as const;

async function ofImage(
  votes: FigureVote,
  index: number,
  of: 'decision' | 'probability' | 'truth',
  { context, ask }: Reading,
): Promise<ReportValue> {
  const directories = await directoriesOf(votes, context);
  const { rule } = votes;
  const { classNames } = await ask('confusion', { directories, rule, pairs: 0 });
  const filter = { show: 'all' } as const;
  const { rows } = await ask('voteRows', { directories, rule, filter, offset: index, limit: 1 });
  const [row] = rows;
  if (!row) return null;
  if (of === 'decision') return classNames[row.decision] ?? null;
  if (of === 'truth') return row.truth < 0 ? null : (classNames[row.truth] ?? null);
  return votes.predictions.length > 1 ? null : (row.members[0]?.probability ?? null);
}
