/**
 * Scores by every kind of protocol against another implementation (build/goldens/protocol_scores.py): photographs,
 * small networks.
 */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ResolvedProtocol } from '../../../../contract/protocol.ts';
import { ModelOptions } from '../../../../contract/runSpec.ts';
import { decodePicture } from '../../../../core/data/pictures/decodePicture.ts';
import { viewsOf } from '../../../../core/evaluate/protocols/views.ts';
import { describeNetwork } from '../../../../core/models/describe.ts';
import { getModel } from '../../../../core/models/registry.ts';
import { type LoadedWeights, openDenseInference, openInference } from '../../../../core/worker/trainedNetwork.ts';
import { probabilitiesOf } from '../../../../core/worker/viewScores.ts';
import goldens from '../../../fixtures/protocols/scores.json' with { type: 'json' };
import { ENGINES, noTensorFlow } from '../../../support/engines.ts';
import { formulaWeight } from '../../../support/formulaWeights.ts';

type Network = readonly [name: string, size: number, channels: number, classes: number, options: object];
const pictures = await Promise.all(
  goldens.pictures.map(async (name) => ({
    ...(await decodePicture(await readFile(new URL(`../../../fixtures/protocols/${name}.png`, import.meta.url)), {
      kind: 'native',
      maxSide: 1000,
    })),
    channels: 3,
  })),
);

function weightsOf([name, size, channels, classes, options]: Network): LoadedWeights {
  const model = getModel(name);
  const shape = { size, channels, classes, options: ModelOptions.parse(options) };
  return {
    model,
    shape,
    values: new Map(describeNetwork(model, shape).weights.map((spec) => [spec.name, formulaWeight(spec)])),
    input: null,
    labels: null,
    outputs: null,
    notFinite: [],
    notes: [],
  };
}

for (const { name, available, open } of ENGINES) {
  test.skipIf(!available)(`${name}: as the reference within 1e-4${available ? '' : ` (${noTensorFlow})`}`, async () => {
    const engine = await open();
    for (const { network, protocol: settings, probabilities } of goldens.cases) {
      const protocol = ResolvedProtocol.parse({ ...settings, name: 'golden', title: '', labels: 'own' });
      const weights = weightsOf(network as unknown as Network);
      const { classes } = weights.shape;
      const opened =
        protocol.crops === 'dense'
          ? openDenseInference(engine, weights, 'f32')
          : openInference(engine, weights, protocol.crop, 'f32');
      try {
        // All pictures at once: those of one shape share a batch, the others wait for theirs.
        const views = await Promise.all(pictures.map((picture) => viewsOf(picture, protocol)));
        const pixels = Float32Array.from(views.flatMap((each) => [...each.pixels]));
        const sizes = protocol.crops === 'dense' ? views.flatMap((each) => each.sizes) : [];
        const found = probabilitiesOf({ pixels, sizes }, pictures.length, {
          network: opened,
          classes,
          average: protocol.average,
          crop: protocol.crop,
          batchSize: 4,
        });
        const worst = Math.max(...probabilities.flat().map((value, i) => Math.abs(value - found[i]!)));
        expect(
          worst,
          `${JSON.stringify(network[0])}, ${protocol.crops} ${JSON.stringify(settings.resize)}`,
        ).toBeLessThan(1e-4);
      } finally {
        opened.dispose();
      }
    }
  });
}

test('networks without a map of scores say why', async () => {
  const engine = await ENGINES[2]!.open();
  const covariance = weightsOf(['resnet18_3g', 64, 3, 10, { widthFactor: 0.125 }]);
  const pooled = weightsOf(['vgg11', 64, 3, 10, { widthFactor: 0.125, headWidth: 8, poolGrid: 1 }]);
  expect(() => openDenseInference(engine, covariance, 'f32')).toThrow(
    expect.objectContaining({ code: 'input.invalid', message: expect.stringContaining('covariances') }),
  );
  expect(() => openDenseInference(engine, pooled, 'f32')).toThrow(
    expect.objectContaining({ code: 'input.invalid', message: expect.stringContaining('2 × 2 to 1 × 1') }),
  );
});
