/** Stored predictions that figures and reports are about, by what a user calls them. */
import { StudioError } from '../../../contract/errors.ts';
import { imagesKey } from '../../../contract/evaluation.ts';
import type { FigureVote } from '../../../contract/results/figure.ts';
import type { VotingRule } from '../../../contract/voting.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import type { StudioContext } from '../context.ts';
import { findMember, memberOfId } from '../results/members.ts';
import { predictionsOfMember } from '../results/predictions.ts';
import { findRun } from '../runs/findRun.ts';

/**
 * Of an evaluation by its id, of an ensemble or a run by id or name: what it said of the images that it predicted last.
 * @throws {StudioError} `run.notFound`; `prediction.notFound`: where nothing is stored
 */
export async function findVotes(context: StudioContext, text: string): Promise<FigureVote> {
  const evaluation = await context.evaluations.find(text);
  if (evaluation) return { predictions: [evaluation.id], rule: { kind: 'mean' } };
  const ensemble = (await context.ensembles.list()).find(({ id, name }) => id === text || name === text);
  const votes = ensemble
    ? await votesOfMembers(context, ensemble.members, ensemble.rule)
    : await votesOfMembers(context, [(await findRun(context, text)).id], { kind: 'mean' });
  if (votes[0]) return votes[0];
  throw new StudioError('prediction.notFound', `Nothing is stored of what "${text}" says.`, {
    remedy: ensemble
      ? `Predict first: quorum ensemble predict ${ensemble.id} --data val --output predictions.csv`
      : 'Predict first: quorum predict --run RUN --data val --output predictions.csv',
  });
}

/** One vote for each set of images that all of these networks predicted as they were trained, newest first. */
export async function votesOfMembers(
  context: StudioContext,
  memberIds: readonly string[],
  rule: VotingRule,
): Promise<FigureVote[]> {
  const newest: Map<string, Evaluation>[] = [];
  for (const id of memberIds) {
    const own = await predictionsOfMember(context, await findMember(context, memberOfId(id)));
    const byImages = new Map<string, Evaluation>();
    for (const one of own) {
      const key = `${imagesKey(one.images)} ${one.count}`;
      if (!byImages.has(key)) byImages.set(key, one);
    }
    newest.push(byImages);
  }
  return [...(newest[0]?.keys() ?? [])].flatMap((key) => {
    const predictions = newest.flatMap((byImages) => byImages.get(key)?.id ?? []);
    return predictions.length === memberIds.length ? [{ predictions, rule }] : [];
  });
}
