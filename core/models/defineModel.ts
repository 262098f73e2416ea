/** Makes a Model out of a card and a pure function, with the checks that every network needs. */
import type { ModelCard } from '../../contract/network.ts';
import { StudioError } from '../../contract/errors.ts';
import type { Builder, Value } from './builder.ts';
import type { Model, NetworkShape } from './family.ts';

export interface ModelDefinition extends ModelCard {
  readonly network: <V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape) => V;
}

/**
 * The model whose `build` throws StudioError model.inputTooSmall (details: size, minSize) and model.badOption (an
 * option the family does not know, or a shape that is none) before anything is built.
 */
export function defineModel(definition: ModelDefinition): Model {
  const { network, ...card } = definition;
  return {
    ...card,
    build: (builder, input, shape) => {
      checkShape(definition, shape, input);
      return network(builder, input, shape);
    },
  };
}

function checkShape(definition: ModelDefinition, shape: NetworkShape, input: Value): void {
  const { name } = definition;
  const expected = [shape.size, shape.size, shape.channels];
  if (input.shape.join() !== expected.join())
    throw new Error(`${name}: input is [${input.shape.join(', ')}], expected [${expected.join(', ')}]`);
  for (const [what, value] of [
    ['size', shape.size],
    ['channels', shape.channels],
    ['classes', shape.classes],
  ] as const) {
    if (!Number.isInteger(value) || value < 1) {
      throw new StudioError(
        'model.badOption',
        `${name}: ${what} is ${value}, a whole number of at least 1 is needed.`,
        { details: { model: name, option: what, value } },
      );
    }
  }
  for (const [option, value] of Object.entries(shape.options)) {
    if (value !== undefined && !(definition.supports as readonly string[]).includes(option)) {
      throw new StudioError('model.badOption', `${name} has no option "${option}".`, {
        remedy: definition.supports.length
          ? `Options of this network: ${definition.supports.join(', ')}.`
          : 'This network takes no options.',
        details: { model: name, option, supports: [...definition.supports] },
      });
    }
  }
  const minSize = (shape.options.smallInput && definition.minSizeSmallInput) || definition.minSize;
  if (shape.size < minSize) {
    throw new StudioError(
      'model.inputTooSmall',
      `${name} needs images of at least ${minSize}×${minSize} pixels, got ${shape.size}×${shape.size}.`,
      {
        remedy: `Set the input size to ${minSize} or more; images are resized to it when the packed cache is made.`,
        details: { model: name, size: shape.size, minSize },
      },
    );
  }
}
