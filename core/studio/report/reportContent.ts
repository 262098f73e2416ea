/** What a report is about: the runs, and how they belong together. */
import { StudioError } from '../../../contract/errors.ts';
import type { FigureVote } from '../../../contract/results/figure.ts';
import type { ReportSubject } from '../../../contract/results/report.ts';
import type { ReproducedTable } from '../../../contract/results/reproduction.ts';
import type { Run } from '../../../contract/run.ts';
import { ruleInWords } from '../../../contract/voting.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import type { StudioContext } from '../context.ts';
import { votesOfMembers } from '../figures/findVotes.ts';
import { findByText } from '../records/ids.ts';
import { findMembers, memberOfId } from '../results/members.ts';
import { findRun } from '../runs/findRun.ts';
import type { Reading } from './readFigure.ts';

export interface ReportContent {
  readonly subject: ReportSubject;
  readonly title: string;
  readonly question: string;
  /** What the user noted about it. */
  readonly note: string;
  readonly runs: readonly Run[];
  /** Short names of the runs, told apart. */
  readonly names: readonly string[];
  /** Names of those that vote, imported weights among them; in the order of their votes. */
  readonly members: readonly string[];
  /** Of all runs, newest first. */
  readonly evaluations: readonly Evaluation[];
  /** What all of them said of the same images; empty unless it is about an ensemble. */
  readonly votes: readonly FigureVote[];
  readonly rule: string | null;
  readonly table: ReproducedTable | null;
}

/** @throws {StudioError} `run.notFound`, `ensemble.notFound`, `input.invalid`: no such project */
export async function reportContent(subject: ReportSubject, reading: Reading): Promise<ReportContent> {
  const { context } = reading;
  if (subject.kind === 'project') return ofProject(subject, reading);
  if (subject.kind === 'ensemble') return ofEnsemble(subject, context);
  const run = await findRun(context, subject.id);
  const data = (await context.datasets.find(run.spec.dataset))?.name ?? run.spec.dataset;
  return {
    ...(await common(context, [run])),
    subject: { kind: 'run', id: run.id },
    title: run.name,
    question: `How well does ${run.spec.model.name} tell the ${run.spec.classNames.length} classes of "${data}" apart?`,
    note: run.note,
    votes: [],
    members: [],
    rule: null,
    table: null,
  };
}

async function common(
  context: StudioContext,
  runs: readonly Run[],
): Promise<Pick<ReportContent, 'runs' | 'names' | 'evaluations'>> {
  const evaluations: Evaluation[] = [];
  for (const { id } of runs) evaluations.push(...(await context.evaluations.list({ runId: id })));
  return { runs, names: namesOf(runs), evaluations };
}

/** A single run is called as its network, several by their names, and by their ids where these are not told apart. */
function namesOf(runs: readonly Run[]): string[] {
  if (runs.length === 1) return [runs[0]!.spec.model.name];
  const apart = new Set(runs.map(({ name }) => name)).size === runs.length;
  return runs.map(({ id, name, spec }) => (apart ? name : `${spec.model.name}, seed ${spec.seed} (${id})`));
}

async function ofEnsemble(subject: ReportSubject, context: StudioContext): Promise<ReportContent> {
  const ensemble = findByText(await context.ensembles.list(), subject.id, 'ensemble.notFound', 'ensemble');
  const networks = await findMembers(context, ensemble.members.map(memberOfId));
  const runs = networks.flatMap((network) => (network.kind === 'run' ? [network.run] : []));
  const shared = await common(context, runs);
  const members = networks.map(({ id, name }) => shared.names[runs.findIndex((run) => run.id === id)] ?? name);
  return {
    ...shared,
    subject: { kind: 'ensemble', id: ensemble.id },
    title: ensemble.name,
    question: `Is the vote of ${members.length} networks better than its best member?`,
    note: '',
    votes: await votesOfMembers(context, ensemble.members, ensemble.rule),
    members,
    rule: ruleInWords(ensemble.rule, members),
    table: null,
  };
}

async function ofProject(subject: ReportSubject, reading: Reading): Promise<ReportContent> {
  const table = await reading.reproduced(subject.id);
  const { context } = reading;
  const ids = new Set<string>();
  for (const { state } of table.cells) {
    if (state.kind !== 'measured') continue;
    for (const id of state.from) ids.add((await context.evaluations.find(id))?.runId ?? id);
  }
  const runs: Run[] = [];
  for (const id of ids) {
    const run = await context.runs.find(id);
    if (run) runs.push(run);
  }
  return {
    ...(await common(context, runs)),
    ...(await voteAmong(runs, context)),
    subject: { kind: 'project', id: table.project.id },
    title: table.project.title,
    question: table.project.question,
    note: '',
    table,
  };
}

/** Of the ensembles whose members are all among `runs` the largest: how these networks vote. */
async function voteAmong(
  runs: readonly Run[],
  context: StudioContext,
): Promise<Pick<ReportContent, 'votes' | 'members' | 'rule'>> {
  const ids = new Set(runs.map(({ id }) => id));
  const [ensemble] = (await context.ensembles.list())
    .filter(({ members }) => members.length > 1 && members.every((id) => ids.has(id)))
    .toSorted((a, b) => b.members.length - a.members.length);
  if (!ensemble) return { votes: [], members: [], rule: null };
  const members = (await findMembers(context, ensemble.members.map(memberOfId))).map(({ name }) => name);
  return {
    votes: await votesOfMembers(context, ensemble.members, ensemble.rule),
    members,
    rule: ruleInWords(ensemble.rule, members),
  };
}

/** @throws {StudioError} `input.invalid`: names that are neither */
export async function findSubject(
  context: StudioContext,
  projects: readonly string[],
  text: string,
): Promise<ReportSubject> {
  if (projects.includes(text)) return { kind: 'project', id: text };
  const ensemble = (await context.ensembles.list()).find(({ id, name }) => id === text || name === text);
  if (ensemble) return { kind: 'ensemble', id: ensemble.id };
  const run = await findRun(context, text).catch((error: unknown) => {
    if (!(error instanceof StudioError)) throw error;
    throw new StudioError('run.notFound', `"${text}" is no run, ensemble or reproduction project.`, {
      remedy: 'Look at quorum runs list, quorum ensemble list and quorum reproduce list.',
    });
  });
  return { kind: 'run', id: run.id };
}
