/** What a network family is: data, and one pure function over the builder. */
import type { ModelOptions } from '../../contract/runSpec.ts';
import type { Builder, Value } from './builder.ts';

/** Resolved before a network is built. */
export interface NetworkShape {
  /** Side of the square input, pixels. */
  readonly size: number;
  readonly channels: number;
  readonly classes: number;
  readonly options: ModelOptions;
}

export interface ModelCard {
  /** Registry name, `arch` or `arch.tag`. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly family: string;
  readonly title: string;
  /** Side of the input the definition was published for, pixels. */
  readonly nativeSize: number;
  readonly minSize: number;
  readonly paper: string;
  readonly source: string;
  readonly license: string;
  readonly notes: string;
}

export interface Model extends ModelCard {
  /** Builds the network on `input` `[size, size, channels]` and returns the logits `[classes]`. */
  build<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape): V;
}
