/** Batch normalisation and its gradient from elementwise ops, with the six outputs of TensorFlow's FusedBatchNormV3. */
import * as tf from '@tensorflow/tfjs-core';
import { boolOf, floatOf, input, type Compute } from './compute.ts';

const AXES = [0, 1, 2];

export const normalisationOps: Readonly<Record<string, Compute>> = {
  FusedBatchNormV3: (i, node) => {
    const x = input(i, 0);
    const gamma = input(i, 1);
    const beta = input(i, 2);
    const training = boolOf(node.attrs['is_training']);
    const rows = x.size / x.shape.at(-1)!;
    const mean = training ? tf.mean(x, AXES) : input(i, 3);
    const variance = training ? tf.mean(tf.square(tf.sub(x, mean)), AXES) : input(i, 4);
    const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, floatOf(node.attrs['epsilon']))));
    const y = tf.add(tf.mul(tf.sub(x, mean), scale), beta);
    const unbiased = training ? tf.mul(variance, rows / Math.max(1, rows - 1)) : variance;
    return [y, mean.clone(), unbiased.clone(), mean.clone(), variance.clone(), tf.tensor1d([0])];
  },
  // Ioffe and Szegedy 2015, §3: with x̂ the normalised input, ∂x = γ/σ · (∂y − mean(∂y) − x̂ · mean(∂y · x̂)).
  FusedBatchNormGradV3: (i, node) => {
    const dy = input(i, 0);
    const x = input(i, 1);
    const gamma = input(i, 2);
    const mean = input(i, 3);
    const variance = input(i, 4);
    const inverse = tf.rsqrt(tf.add(variance, floatOf(node.attrs['epsilon'])));
    const normal = tf.mul(tf.sub(x, mean), inverse);
    const dBeta = tf.sum(dy, AXES);
    const dGamma = tf.sum(tf.mul(dy, normal), AXES);
    const rows = x.size / x.shape.at(-1)!;
    const centred = boolOf(node.attrs['is_training'])
      ? tf.sub(tf.sub(dy, tf.div(dBeta, rows)), tf.mul(normal, tf.div(dGamma, rows)))
      : dy;
    return [tf.mul(centred, tf.mul(gamma, inverse)), dGamma, dBeta, tf.tensor1d([0]), tf.tensor1d([0])];
  },
};
