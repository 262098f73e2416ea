/**
 * Weights to start from as the studio would find them, complete for a network at its own size; the published input of
 * Caffe's VGGs.
 */
import { describeNetwork } from '../../../../core/models/describe.ts';
import { getModel } from '../../../../core/models/registry.ts';
import type { StartingPoint } from '../../../../core/studio/weights/startingPoint.ts';

export function exampleStart(name: string, change: Partial<StartingPoint> = {}): StartingPoint {
  const model = getModel(name);
  const size = change.size ?? model.nativeSize;
  const classes = change.classes ?? 1000;
  const options = change.model?.options ?? {};
  return {
    source: { kind: 'imported', weights: 'w-20260101-0001', name: 'published', sha256: 'a'.repeat(64) },
    title: 'imported weights "published"',
    model: { name, options },
    size,
    classes,
    outputs: null,
    unused: [],
    weights: new Map(
      describeNetwork(model, { size, channels: 3, classes, options }).weights.map((weight) => [
        weight.name,
        weight.shape,
      ]),
    ),
    preprocessing: { color: 'bgr', scale: 1, mean: [103.939, 116.779, 123.68], std: [1, 1, 1] },
    ...change,
  };
}
