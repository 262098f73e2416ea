/** Both readings of a network that knows more classes than the images have, against plain arithmetic. */
import { describe, expect, test } from 'vitest';
import type { ClassMap } from '../../../contract/classMap.ts';
import { columnsFor, labelIn, readInColumns, type ClassReading } from '../../../core/evaluate/classColumns.ts';
import { synsetWords } from '../../../core/data/readers/synsetNames.ts';
import { probabilityMetrics } from '../../../core/evaluate/metrics.ts';
import { topClass } from '../../../core/evaluate/vote.ts';
import type { ClassList } from '../../../pure/classes/classMatch.ts';
import { seeded } from './seeded.ts';

const named = (ids: readonly string[]): ClassList => ({ ids, names: ids });
const owners = { network: 'The network', data: 'Data set "part"' };
const EMOJI = 'activities animals-nature flags food-drink objects people-body smileys-emotion travel-places'.split(' ');

/** Softmax of random logits, as float32, [rows, outputs], those of the right outputs larger. */
function probabilities(next: () => number, right: readonly number[], outputs: number): Float32Array {
  const out = new Float32Array(right.length * outputs);
  for (const [row, answer] of right.entries()) {
    const powers = Array.from({ length: outputs }, (_, output) => Math.exp(6 * next() + (output === answer ? 3 : 0)));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, output) => (out[row * outputs + output] = power / sum));
  }
  return out;
}

interface Planted {
  readonly network: ClassList;
  readonly data: ClassList;
  /** Output of each class of the data set, as it was planted. */
  readonly truth: readonly number[];
  readonly map?: ClassMap;
}

/** What each reading must say: the class's id and its probability, by loops over the outputs alone. */
function expected({ network, data, truth }: Planted, row: Float32Array, reading: 'all' | 'subset') {
  const outputs = reading === 'all' ? [...network.ids.keys()] : truth;
  const best = outputs.reduce((at, output) => (row[output]! > row[at]! ? output : at));
  const total = outputs.reduce((sum, output) => sum + row[output]!, 0);
  const label = truth.indexOf(best);
  return { id: label < 0 ? network.ids[best]! : data.ids[label]!, probability: row[best]! / total };
}

function check(planted: Planted, rows: number, next: () => number): void {
  const outputs = planted.network.ids.length;
  const labels = Array.from({ length: rows }, () => Math.floor(next() * planted.data.ids.length));
  const said = probabilities(
    next,
    labels.map((label) => planted.truth[label]!),
    outputs,
  );
  const right = { all: 0, subset: 0 };
  for (const reading of ['all', 'subset'] as const) {
    const asked: ClassReading = {
      ...(reading === 'subset' && { reading }),
      ...(planted.map && { classMap: planted.map }),
    };
    const columns = columnsFor(planted.network, planted.data, owners, asked);
    expect(columns.outputOf.slice(0, planted.data.ids.length)).toEqual(planted.truth);
    const width = columns.outputOf.length;
    expect(width).toBe(reading === 'all' ? outputs : planted.truth.length);
    const read = readInColumns(said, outputs, columns);
    const decided = topClass(read, width);
    for (let image = 0; image < rows; image++) {
      const { id, probability } = expected(planted, said.subarray(image * outputs, (image + 1) * outputs), reading);
      expect(columns.classes.ids[decided[image]!]).toBe(id);
      expect(read[image * width + decided[image]!]).toBeCloseTo(probability, 6);
      if (id === planted.data.ids[labels[image]!]) right[reading]++;
    }
    const figures = probabilityMetrics(
      read,
      labels.map((label) => labelIn(columns, label)),
      width,
    );
    expect(figures.top1).toMatchObject({ correct: right[reading], total: rows });
  }
  // fewer rivals: what is right among all outputs is right among a part of them
  expect(right.subset).toBeGreaterThan(right.all);
}

describe('the two readings', () => {
  test('three of eight emoji classes, in another order', () => {
    const ids = ['travel-places', 'flags', 'objects'];
    check({ network: named(EMOJI), data: named(ids), truth: [7, 2, 4] }, 200, seeded(3));
  });

  test('planted permutations', () => {
    const next = seeded(11);
    for (let round = 0; round < 30; round++) {
      const outputs = 12 + Math.floor(next() * 20);
      const ids = Array.from({ length: outputs }, (_, c) => `class ${c}`);
      const truth = [...ids.keys()].toSorted(() => next() - 0.5).slice(0, 3 + Math.floor(next() * 6));
      check({ network: named(ids), data: named(truth.map((c) => ids[c]!)), truth }, 120, next);
    }
  });

  test('planted permutations that only a class map knows', () => {
    const next = seeded(12);
    for (let round = 0; round < 30; round++) {
      const ids = Array.from({ length: 20 }, (_, c) => `output ${c}`);
      const truth = [...ids.keys()].toSorted(() => next() - 0.5).slice(0, 5);
      const data = named(truth.map((_, label) => `Klasse ${label}`));
      const pairs = truth.map((output, label) => ({ network: ids[output]!, data: data.ids[label]!, line: label + 2 }));
      const map = { file: 'map.csv', pairs: pairs.toSorted(() => next() - 0.5) };
      check({ network: named(ids), data, truth, map }, 120, next);
    }
  });

  test('the thousand classes of ImageNet on two hundred of them, by WordNet id', () => {
    const next = seeded(200);
    const sorted = [...synsetWords()].sort(([a], [b]) => (a < b ? -1 : 1));
    const network = { ids: sorted.map(([id]) => id), names: sorted.map(([, name]) => name) };
    // as Tiny ImageNet lists them: ids in an order of its own, several under names of its own
    const truth = [...network.ids.keys()].toSorted(() => next() - 0.5).slice(0, 200);
    const data = {
      ids: truth.map((output) => network.ids[output]!),
      names: truth.map((output, label) => (label % 3 === 0 ? `name ${label}` : network.names[output]!)),
    };
    check({ network, data, truth }, 300, next);
  });

  test('a network that is sure of other classes has no favourite among the subset', () => {
    const columns = columnsFor(named(['a', 'b', 'c']), named(['b', 'c']), owners, { reading: 'subset' });
    expect([...readInColumns(Float32Array.of(1, 0, 0, 0.5, 0.375, 0.125), 3, columns)]).toEqual([0.5, 0.5, 0.75, 0.25]);
  });

  test('a class that the network does not know never wins, and its images do not count', () => {
    const columns = columnsFor(named(['a', 'b', 'c']), named(['c', 'x', 'b']), owners, { reading: 'subset' });
    expect([...readInColumns(Float32Array.of(0.5, 0.125, 0.375), 3, columns)]).toEqual([0.75, 0, 0.25]);
    expect([0, 1, 2].map((label) => labelIn(columns, label))).toEqual([0, -1, 2]);
  });
});
