/** Fills what a protocol leaves to the weights. */
import { StudioError } from '../../../contract/errors.ts';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import type { LabelList, Protocol } from '../../../contract/protocol.ts';
import { ResolvedProtocol } from '../../../contract/protocol.ts';
import type { PublishedInput } from '../../models/family.ts';
import { hasImagenetClasses } from './classOrder.ts';

export interface WeightsInput {
  readonly input: InputSpec | null;
  readonly labels: LabelList | null;
}

/** How the authors of published weights fed them. */
export function inputOfCard({ channelOrder, scale, mean, std }: PublishedInput): InputSpec {
  return { color: mean.length === 1 ? 'gray' : channelOrder, scale, mean: [...mean], std: [...std] };
}

/**
 * What the caller says counts before what the weights say of themselves. Their class order applies only where the data
 * set has ImageNet's classes.
 * @throws {StudioError} `input.invalid`: nobody says how pictures are fed
 */
export function resolveProtocol(
  protocol: Protocol,
  own: WeightsInput,
  weights: WeightsInput | null,
  classIds: readonly string[],
): ResolvedProtocol {
  const input = protocol.input ?? own.input ?? weights?.input;
  if (!input) {
    throw new StudioError(
      'input.invalid',
      `Neither protocol ${protocol.name} nor these weights say in which order and range they want their images.`,
      {
        remedy: 'Find it with `quorum weights check`, then say --color, --scale, --mean and --std.',
      },
    );
  }
  const labels = protocol.labels ?? own.labels ?? (hasImagenetClasses(classIds) ? weights?.labels : null) ?? 'own';
  return ResolvedProtocol.parse({ ...protocol, input, labels });
}
