/** A network of ImageNet's classes on Tiny ImageNet's, both readings, against NumPy (build/goldens/readings_goldens.py). */
import { expect, test } from 'vitest';
import { synsetWords } from '../../../core/data/readers/synsetNames.ts';
import { columnsFor, labelIn, readInColumns } from '../../../core/evaluate/classColumns.ts';
import { probabilityMetrics } from '../../../core/evaluate/metrics.ts';
import { topClass } from '../../../core/evaluate/vote.ts';
import goldens from '../../fixtures/protocols/readings-goldens.json' with { type: 'json' };

const IMAGES = 1000;
const network = [...synsetWords().keys()].sort();
const tiny = goldens.wnids;

/** The formula's number for an image and an output, in [0, 1). */
function unit(image: number, output: number): number {
  let x = Math.imul(image * 1000003 + output * 7919 + 12345, 2654435761) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 2246822519) >>> 0;
  return x / 2 ** 32;
}

/** `[images, 1000]`, each row with the sum 1. */
function probabilities(): Float32Array {
  const said = new Float32Array(IMAGES * network.length);
  const place = new Map(network.map((id, output) => [id, output]));
  for (let image = 0; image < IMAGES; image++) {
    const truth = place.get(tiny[image % tiny.length]!);
    const row = network.map((_, output) => {
      if (output === truth) return 0.8 + 0.25 * unit(image, 5000);
      const fourth = unit(image, output) ** 2 * unit(image, output) ** 2;
      return fourth * fourth * (fourth * fourth) * fourth;
    });
    const sum = row.reduce((a, b) => a + b, 0);
    said.set(
      row.map((score) => score / sum),
      image * network.length,
    );
  }
  return said;
}

const said = probabilities();
const labels = Array.from({ length: IMAGES }, (_, image) => image % tiny.length);

test.each(['all', 'subset'] as const)('%s: decisions, counts and probabilities as NumPy has them', (reading) => {
  const columns = columnsFor(
    { ids: network, names: network },
    { ids: tiny, names: tiny },
    { network: 'The network', data: 'Tiny ImageNet' },
    reading === 'subset' ? { reading } : {},
  );
  const read = readInColumns(said, network.length, columns);
  const width = columns.outputOf.length;
  const decided = topClass(read, width);
  const golden = goldens[reading];
  expect(Array.from(decided, (column) => columns.classes.ids[column])).toEqual(golden.decisions);
  const known = labels.map((label) => labelIn(columns, label));
  const { top1, top5 } = probabilityMetrics(read, known, width);
  expect([top1?.correct, top5?.correct, top1?.total]).toEqual([golden.top1, golden.top5, IMAGES]);
  const confidence = decided.reduce((sum, column, image) => sum + read[image * width + column]!, 0) / IMAGES;
  expect(confidence).toBeCloseTo(golden.confidence, 6);
});
