/** What a network family is: data, and one pure function over the builder. */
import { channelsOf } from '../../contract/inputSpec.ts';
import type { ModelOptions, RunSpec } from '../../contract/runSpec.ts';
import type { Builder, Value } from './builder.ts';

/**
 * How the published weights' authors fed and measured them; ours are measured under the same protocol before they are
 * compared.
 */
export interface PublishedInput {
  /** Side of the centre crop the network sees, pixels. */
  readonly size: number;
  /** Short side that the picture is resized to before the crop, pixels. */
  readonly resize: number;
  readonly interpolation: 'linear' | 'cubic' | 'lanczos3';
  readonly channelOrder: 'rgb' | 'bgr';
  /** input = (byte / scale − mean) / std, per channel in `channelOrder`. */
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /**
   * Class numbering of the weights: ILSVRC 2012's order as the field uses it (sorted synset ids), the list of ILSVRC
   * 2015, or the data set's own.
   */
  readonly labels: 'ilsvrc2012' | 'ilsvrc2015' | 'own';
}

/** An accuracy somebody else measured; shown with its protocol or not at all. Errors in per cent. */
export interface PublishedResult {
  readonly dataset: string;
  readonly protocol: string;
  readonly top1ErrorPct: number;
  readonly top5ErrorPct: number | null;
}

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
  /** Null where no weights of this definition are published. */
  readonly preprocessing: PublishedInput | null;
  readonly published: readonly PublishedResult[];
  /** Options this network understands; others are refused, not ignored. */
  readonly supports: readonly (keyof ModelOptions)[];
  /** Smallest input side with the option `smallInput`, pixels; null where the network has no such stem. */
  readonly minSizeSmallInput: number | null;
}

export interface Model extends ModelCard {
  /** Builds the network on `input` `[size, size, channels]` and returns the logits `[classes]`. */
  build<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape): V;
}
