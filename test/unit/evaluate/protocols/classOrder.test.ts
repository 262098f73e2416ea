import { expect, test } from 'vitest';
import { inClassOrder, outputOfClass } from '../../../../core/evaluate/protocols/classOrder.ts';
import { ILSVRC2015_ORDER } from '../../../../core/evaluate/protocols/ilsvrc2015.ts';

const ids = Array.from({ length: 1000 }, (_, i) => `n${String(10_000_000 + 3 * i)}`);

test('ILSVRC 2015 numbers every class, none as 2012 does', () => {
  expect(ILSVRC2015_ORDER.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(ILSVRC2015_ORDER.filter((position, output) => position === output)).toEqual([]);
  // kit fox first; the tench, first by WordNet id, far behind
  expect(ILSVRC2015_ORDER[0]).toBe(278);
});

test('scores are brought to the order of the classes', () => {
  expect(outputOfClass('own', ['cat', 'dog'])).toBeNull();
  expect(outputOfClass('ilsvrc2012', ids)).toBeNull();
  const order = outputOfClass('ilsvrc2015', ids)!;
  const outputs = Float32Array.from({ length: 1000 }, (_, i) => i);
  const sorted = inClassOrder(outputs, order);
  expect(sorted[278]).toBe(0);
  expect([...sorted].toSorted((a, b) => a - b)).toEqual([...outputs]);
  const reversed = outputOfClass('ilsvrc2012', [...ids].reverse())!;
  expect(inClassOrder(outputs, reversed)[0]).toBe(999);
});

test("a list of ILSVRC needs ImageNet's classes", () => {
  expect(() => outputOfClass('ilsvrc2012', ['cat', 'dog'])).toThrow(
    expect.objectContaining({ code: 'prediction.classMismatch' }),
  );
});
