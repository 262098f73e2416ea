/** Fills what a protocol leaves to the weights. */
import { StudioError } from '../../../contract/errors.ts';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import type { LabelList, Protocol } from '../../../contract/protocol.ts';
import { ResolvedProtocol } from '../../../contract/protocol.ts';
import { hasImagenetClasses } from './classOrder.ts';

export interface WeightsInput {
  readonly input: InputSpec | null;
  readonly labels: LabelList | null;
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
