/** What a network family is: data, and one pure function over the builder. */
import { channelsOf } from '../../contract/inputSpec.ts';
import type { ModelCard } from '../../contract/network.ts';
import type { ModelOptions, RunSpec } from '../../contract/runSpec.ts';
import type { Builder, Value } from './builder.ts';

/** Resolved before a network is built. */
export interface NetworkShape {
  /** Side of the square input, pixels. */
  readonly size: number;
  readonly channels: number;
  readonly classes: number;
  readonly options: ModelOptions;
}

/** The network of a run, as its spec fixes it. */
export function networkShapeOf({
  preprocessing,
  classNames,
  model,
}: Pick<RunSpec, 'preprocessing' | 'classNames' | 'model'>): NetworkShape {
  return {
    size: preprocessing.size,
    channels: channelsOf(preprocessing),
    classes: classNames.length,
    options: model.options,
  };
}

export interface Model extends ModelCard {
  /** Builds the network on `input` `[size, size, channels]` and returns the logits `[classes]`. */
  build<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape): V;
}
