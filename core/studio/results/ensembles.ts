/** Ensembles: several runs or imported weights that vote by a rule, under a name. */
import { StudioError } from '../../../contract/errors.ts';
import { VotingRule } from '../../../contract/voting.ts';
import type { Ensemble } from '../../db/ensembleRepository.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { findByText, newId } from '../records/ids.ts';
import type { EvaluationHandlers } from './evaluations.ts';
import { findMembers, type Member, type MemberName, memberOfId } from './members.ts';
import { castVote, requireSharedClasses, type VoteReport, type VoteRequest } from './vote.ts';
import { selectEnsemble, type SelectionReport, type SelectRequest } from './selectEnsemble.ts';
import { resolveRule, RuleRequest } from './votingRule.ts';

export interface EnsembleHandlers {
  /** @throws {StudioError} `ensemble.badMembers`, `run.notFound`, `file.notFound` */
  create(request: { name: string; members: readonly MemberName[]; rule?: RuleRequest }): Promise<Ensemble>;
  /**
   * Lets labelled images choose the members and their weights, and saves what they chose.
   * @throws {StudioError} `input.invalid`: too few labelled images; as `create` and `vote` do
   */
  select(request: SelectRequest, work?: WorkOptions): Promise<SelectionReport>;
  list(): Promise<Ensemble[]>;
  /** @throws {StudioError} `ensemble.notFound` */
  show(text: string): Promise<Ensemble & { networks: Member[] }>;
  remove(text: string): Promise<{ id: string; name: string }>;
  /** Lets an ensemble's members predict and vote, and writes the CSV. */
  predict(text: string, request: Omit<VoteRequest, 'members' | 'rule'>, work?: WorkOptions): Promise<VoteReport>;
  /** The same for networks that are no stored ensemble. */
  vote(request: VoteRequest, work?: WorkOptions): Promise<VoteReport>;
}

export function createEnsembleHandlers(context: StudioContext, evaluations: EvaluationHandlers): EnsembleHandlers {
  const { ensembles } = context;
  const find = async (text: string): Promise<Ensemble> =>
    findByText(await ensembles.list(), text, 'ensemble.notFound', 'ensemble');
  return {
    create: (request) => createEnsemble(context, request),
    async select(request, work) {
      // before the networks predict, not after it
      requireFreeName(await ensembles.list(), request.name);
      return selectEnsemble(
        { context, evaluations, create: (chosen) => createEnsemble(context, chosen) },
        request,
        work,
      );
    },
    list: () => ensembles.list(),
    async show(text) {
      const ensemble = await find(text);
      return { ...ensemble, networks: await findMembers(context, ensemble.members.map(memberOfId)) };
    },
    async remove(text) {
      const { id, name } = await find(text);
      await ensembles.remove(id);
      return { id, name };
    },
    async predict(text, request, work) {
      const { members, rule } = await find(text);
      const networks = await findMembers(context, members.map(memberOfId));
      return castVote({ context, evaluations }, networks, rule, request, work);
    },
    async vote({ members: names, rule, ...request }, work) {
      const members = await findMembers(context, names);
      const numbered = VotingRule.safeParse(rule);
      const resolved = numbered.success ? numbered.data : resolveRule(RuleRequest.parse(rule ?? {}), members);
      return castVote({ context, evaluations }, members, resolved, request, work);
    },
  };
}

async function createEnsemble(
  context: StudioContext,
  { name, members: names, rule }: Parameters<EnsembleHandlers['create']>[0],
): Promise<Ensemble> {
  const members = await findMembers(context, names);
  const resolved = resolveRule(rule ?? {}, members);
  const known = await context.ensembles.list();
  requireFreeName(known, name);
  requireSharedClasses(members);
  const ensemble: Ensemble = {
    id: await newId('e', async (id) => known.some((other) => other.id === id)),
    name,
    rule: resolved,
    members: members.map(({ id }) => id),
    createdAt: new Date().toISOString(),
  };
  await context.ensembles.add(ensemble);
  return ensemble;
}

/** @throws {StudioError} `ensemble.badMembers` */
function requireFreeName(known: readonly Ensemble[], name: string): void {
  if (known.some((other) => other.name.toLowerCase() === name.toLowerCase()))
    throw new StudioError('ensemble.badMembers', `There is an ensemble called "${name}" already.`, {
      remedy: 'Choose another name, or remove the other one.',
    });
}
