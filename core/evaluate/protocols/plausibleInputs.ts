/** The ways in which published networks are fed; the self-check tries them all. */
import type { InputSpec } from '../../../contract/inputSpec.ts';

export interface PlausibleInput {
  readonly name: string;
  readonly input: InputSpec;
  /** What the weights say of themselves. */
  readonly declared: boolean;
}

interface Range {
  readonly name: string;
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** In RGB order; one value stands for all channels. */
const RANGES: readonly Range[] = [
  { name: '0 to 255', scale: 1, mean: [0], std: [1] },
  { name: '0 to 1', scale: 255, mean: [0], std: [1] },
  { name: '−1 to 1', scale: 255, mean: [0.5], std: [0.5] },
  { name: 'ImageNet mean and sd', scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { name: 'ImageNet mean, 0 to 255', scale: 1, mean: [123.68, 116.779, 103.939], std: [1] },
  { name: 'CIFAR-10 mean and sd', scale: 255, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  {
    name: 'CIFAR-10 mean and sd within images',
    scale: 255,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.2023, 0.1994, 0.201],
  },
  { name: 'MNIST mean and sd', scale: 255, mean: [0.1307], std: [0.3081] },
];

/**
 * All ranges, the data set's own mean and sd among them, in both colour orders (one for a single channel). `declared`
 * comes first where weights say what they want, and only once.
 * @param dataset channel means and sds from 0 to 1, RGB
 */
export function plausibleInputs(
  channels: 1 | 3,
  dataset: { readonly mean: readonly number[]; readonly std: readonly number[] },
  declared: InputSpec | null = null,
): PlausibleInput[] {
  const own: Range = {
    name: 'mean and sd of the data set',
    scale: 255,
    mean: dataset.mean,
    std: dataset.std.map((value) => Math.max(value, 1e-3)),
  };
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const all = [...RANGES, own].flatMap(({ name, scale, mean, std }): PlausibleInput[] => {
    if (channels === 1)
      return [
        {
          name: `gray, ${name}`,
          declared: false,
          input: { color: 'gray', scale, mean: [average(mean)], std: [average(std)] },
        },
      ];
    const wide = (values: readonly number[]): number[] =>
      values.length === 3 ? [...values] : [0, 1, 2].map(() => values[0]!);
    return [
      { name: `RGB, ${name}`, declared: false, input: { color: 'rgb', scale, mean: wide(mean), std: wide(std) } },
      {
        name: `BGR, ${name}`,
        declared: false,
        input: { color: 'bgr', scale, mean: wide(mean).reverse(), std: wide(std).reverse() },
      },
    ];
  });
  if (!declared) return all;
  const same = all.find(({ input }) => isSameInput(input, declared));
  return [
    { name: same ? `as the weights say (${same.name})` : 'as the weights say', input: declared, declared: true },
    ...all.filter((one) => one !== same),
  ];
}

/** A tenth of a grey level makes no difference. */
const NEGLIGIBLE = 0.1;

/** Whether two inputs feed the same values, but for rounding in how they are written down. */
function isSameInput(a: InputSpec, b: InputSpec): boolean {
  if (a.color !== b.color || a.mean.length !== b.mean.length) return false;
  const fed = ({ scale, mean, std }: InputSpec, c: number, value: number): number =>
    (value / scale - mean[c]!) / std[c]!;
  return a.mean.every((_, c) =>
    [0, 255].every((value) => Math.abs(fed(a, c, value) - fed(b, c, value)) * a.std[c]! * a.scale < NEGLIGIBLE),
  );
}
