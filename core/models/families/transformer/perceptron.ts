/** What the blocks of transformers and mixers share: two dense layers with a GELU between. */
import type { Builder, Initializer, Value } from '../../builder.ts';

/** Of every dense layer, as Dosovitskiy et al. 2020 and those after them start it. */
export const TRANSFORMER_INIT: Initializer = { kind: 'normal', std: 0.02 };

/** Layers `<name>.fc1`, to `hidden` units, and `<name>.fc2`, back; over the last axis. */
export function perceptron<V extends Value>(builder: Builder<V>, x: V, name: string, hidden: number): V {
  const units = x.shape.at(-1)!;
  const wide = builder.dense(x, `${name}.fc1`, { units: hidden, init: TRANSFORMER_INIT });
  return builder.dense(builder.activation(wide, 'gelu'), `${name}.fc2`, { units, init: TRANSFORMER_INIT });
}
