/** Ensembles: several runs that vote by a rule, under a name. */
import { StudioError } from '../../../contract/errors.ts';
import type { Run } from '../../../contract/run.ts';
import { VotingRule } from '../../../contract/voting.ts';
import type { Ensemble } from '../../db/ensembleRepository.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { findByText, newId } from '../records/ids.ts';
import { findRun } from '../runs/findRun.ts';
import type { EvaluationHandlers } from './evaluations.ts';
import { castVote, requireSharedClasses, type VoteReport, type VoteRequest } from './vote.ts';
import { resolveRule, RuleRequest } from './votingRule.ts';

export interface EnsembleHandlers {
  /** @throws {StudioError} `ensemble.badMembers`, `run.notFound` */
  create(request: { name: string; runs: readonly string[]; rule?: RuleRequest }): Promise<Ensemble>;
  list(): Promise<Ensemble[]>;
  /** @throws {StudioError} `ensemble.notFound` */
  show(text: string): Promise<Ensemble & { runs: Run[] }>;
  remove(text: string): Promise<{ id: string; name: string }>;
  /** Lets an ensemble's members predict and vote, and writes the CSV. */
  predict(text: string, request: Omit<VoteRequest, 'runs' | 'rule'>, work?: WorkOptions): Promise<VoteReport>;
  /** The same for runs that are no stored ensemble. */
  vote(request: VoteRequest, work?: WorkOptions): Promise<VoteReport>;
}

export function createEnsembleHandlers(context: StudioContext, evaluations: EvaluationHandlers): EnsembleHandlers {
  const { ensembles } = context;
  const find = async (text: string): Promise<Ensemble> =>
    findByText(await ensembles.list(), text, 'ensemble.notFound', 'ensemble');
  return {
    create: (request) => createEnsemble(context, request),
    list: () => ensembles.list(),
    async show(text) {
      const ensemble = await find(text);
      return { ...ensemble, runs: await findRuns(context, ensemble.members) };
    },
    async remove(text) {
      const { id, name } = await find(text);
      await ensembles.remove(id);
      return { id, name };
    },
    async predict(text, request, work) {
      const { members, rule } = await find(text);
      return castVote({ context, evaluations }, await findRuns(context, members), rule, request, work);
    },
    async vote({ runs, rule, ...request }, work) {
      const members = await findRuns(context, runs);
      const numbered = VotingRule.safeParse(rule);
      const resolved = numbered.success ? numbered.data : resolveRule(RuleRequest.parse(rule ?? {}), members);
      return castVote({ context, evaluations }, members, resolved, request, work);
    },
  };
}

async function createEnsemble(
  context: StudioContext,
  { name, runs, rule }: Parameters<EnsembleHandlers['create']>[0],
): Promise<Ensemble> {
  const members = await findRuns(context, runs);
  const resolved = resolveRule(rule ?? {}, members);
  const known = await context.ensembles.list();
  if (known.some((other) => other.name.toLowerCase() === name.toLowerCase()))
    throw new StudioError('ensemble.badMembers', `There is an ensemble called "${name}" already.`, {
      remedy: 'Choose another name, or remove the other one.',
    });
  requireSharedClasses(members);
  const ensemble: Ensemble = {
    id: await newId('e', async (id) => known.some((other) => other.id === id)),
    name,
    rule: resolved,
    members: members.map((run) => run.id),
    createdAt: new Date().toISOString(),
  };
  await context.ensembles.add(ensemble);
  return ensemble;
}

async function findRuns(context: StudioContext, texts: readonly string[]): Promise<Run[]> {
  const found: Run[] = [];
  for (const text of texts) found.push(await findRun(context, text));
  return found;
}
