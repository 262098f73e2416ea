/** From how one wants to vote to the rule with members numbered. */
import { z } from 'zod';
import { StudioError } from '../../../contract/errors.ts';
import { VotingRule } from '../../../contract/voting.ts';
import { checkRule } from '../../evaluate/vote.ts';
import { findByText } from '../records/ids.ts';
import type { Member } from './members.ts';

/** How to vote, before it is known which member is which number. */
export const RuleRequest = z.object({
  kind: z.enum(['majority', 'mean', 'weighted', 'fallback']).default('majority'),
  /**
   * Member that decides where all differ; the member with the fewest layers of the five VGGs (VGG-11) when left out,
   * else
   * the first.
   */
  fallback: z.string().optional(),
  weights: z.array(z.number()).optional(),
});
export type RuleRequest = z.input<typeof RuleRequest>;

type Voter = Pick<Member, 'id' | 'name' | 'model'>;

/**
 * The rule with members numbered.
 * @throws {StudioError} `ensemble.badMembers`: for no or doubled members, a fallback that is none of them, or weights
 * that do not fit
 */
export function resolveRule(request: RuleRequest, members: readonly Voter[]): VotingRule {
  const { kind, fallback, weights } = RuleRequest.parse(request);
  const twice = members.find(({ id }, i) => members.findIndex((other) => other.id === id) !== i);
  if (twice)
    throw new StudioError('ensemble.badMembers', `"${twice.name}" (${twice.id}) is in the ensemble twice.`, {
      remedy: 'Name each member once.',
    });
  if (weights?.some((weight) => !(weight >= 0)))
    throw new StudioError('input.invalid', `The weights ${weights.join(', ')} include one below 0.`, {
      remedy: 'Give weights of 0 or more.',
    });
  const rule = VotingRule.parse(
    kind === 'mean'
      ? { kind }
      : kind === 'weighted'
        ? { kind, weights: weights ?? [] }
        : { kind, fallbackMember: fallbackMember(fallback, members) },
  );
  if (members.length > 0) checkRule(rule, members.length);
  else
    throw new StudioError('ensemble.badMembers', 'An ensemble needs at least one member.', {
      remedy: 'Name runs with --run, and imported weights with --weights.',
    });
  return rule;
}

/** Without a choice the 11-layer VGG decides, as in the published project; without one, the first member. */
function fallbackMember(text: string | undefined, members: readonly Voter[]): number {
  if (text === undefined)
    return Math.max(
      0,
      members.findIndex(({ model }) => /^vgg11(_bn)?$/.test(model)),
    );
  const byModel = members.filter(({ model }) => model === text);
  const [only] = byModel;
  const found = byModel.length === 1 && only ? only : findByText(members, text, 'ensemble.badMembers', 'member');
  return members.findIndex(({ id }) => id === found.id);
}
