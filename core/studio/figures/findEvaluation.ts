/** A stored evaluation by its id. */
import { StudioError } from '../../../contract/errors.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import type { StudioContext } from '../context.ts';

/** @throws {StudioError} `prediction.notFound` */
export async function findEvaluation({ evaluations }: StudioContext, id: string): Promise<Evaluation> {
  const evaluation = await evaluations.find(id);
  if (evaluation) return evaluation;
  throw new StudioError('prediction.notFound', `There is no evaluation "${id}".`, {
    remedy: 'quorum evaluate list shows all of them.',
  });
}
