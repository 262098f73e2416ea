import { expect, test } from 'vitest';
import { InputSpec } from '../../../../contract/inputSpec.ts';
import { plausibleInputs } from '../../../../core/evaluate/protocols/plausibleInputs.ts';

const DATASET = { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0] };

test.each([
  [3, 18],
  [1, 9],
] as const)('with %i channels there are %i ways, all valid and none twice', (channels, count) => {
  const ways = plausibleInputs(channels, DATASET);
  expect(ways).toHaveLength(count);
  expect(new Set(ways.map(({ input }) => JSON.stringify(input))).size).toBe(count);
  for (const { input } of ways) expect(InputSpec.parse(input)).toEqual(input);
});

test('blue first turns mean and sd round; what the weights say comes first', () => {
  const ways = plausibleInputs(3, DATASET);
  const bgr = ways.find(({ name }) => name === 'BGR, ImageNet mean, 0 to 255')!;
  expect(bgr.input).toMatchObject({ color: 'bgr', scale: 1, mean: [103.939, 116.779, 123.68], std: [1, 1, 1] });
  expect(ways.find(({ name }) => name === 'RGB, mean and sd of the data set')!.input.std).toEqual([0.4, 0.5, 0.001]);
  const declared: InputSpec = { color: 'bgr', scale: 2, mean: [1, 2, 3], std: [4, 5, 6] };
  expect(plausibleInputs(3, DATASET, declared)[0]).toEqual({
    name: 'as the weights say',
    input: declared,
    declared: true,
  });
});
