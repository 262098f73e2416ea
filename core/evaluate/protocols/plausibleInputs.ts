/** The ways in which published networks are fed; the self-check tries them all. */
import type { ProtocolInput } from '../../../contract/protocol.ts';

export interface PlausibleInput { readonly name: string; readonly input: ProtocolInput }

interface Range { readonly name: string; readonly scale: number; readonly mean: readonly number[]; readonly std: readonly number[] }

/** In RGB order; one value stands for all channels. */
const RANGES: readonly Range[] = [
  { name: '0 to 255', scale: 1, mean: [0], std: [1] },
  { name: '0 to 1', scale: 255, mean: [0], std: [1] },
  { name: '−1 to 1', scale: 255, mean: [0.5], std: [0.5] },
  { name: 'ImageNet mean and sd', scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { name: 'ImageNet mean, 0 to 255', scale: 1, mean: [123.68, 116.779, 103.939], std: [1] },
  { name: 'CIFAR-10 mean and sd', scale: 255, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  { name: 'CIFAR-10 mean and sd within pictures', scale: 255, mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  { name: 'MNIST mean and sd', scale: 255, mean: [0.1307], std: [0.3081] },
];

/**
 * All ranges, the data set's own mean and sd among them, in both colour orders (one for a single channel). `declared` comes first where weights say what they want.
 * @param dataset channel means and sds from 0 to 1, RGB
 */
export function plausibleInputs(channels: 1 | 3, dataset: { readonly mean: readonly number[]; readonly std: readonly number[] }, declared: ProtocolInput | null = null): PlausibleInput[] {
  const own: Range = { name: 'mean and sd of the data set', scale: 255, mean: dataset.mean, std: dataset.std.map((value) => Math.max(value, 1e-3)) };
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const all = [...RANGES, own].flatMap(({ name, scale, mean, std }): PlausibleInput[] => {
    if (channels === 1) return [{ name: `gray, ${name}`, input: { color: 'gray', scale, mean: [average(mean)], std: [average(std)] } }];
    const wide = (values: readonly number[]): number[] => (values.length === 3 ? [...values] : [0, 1, 2].map(() => values[0]!));
    return [
      { name: `RGB, ${name}`, input: { color: 'rgb', scale, mean: wide(mean), std: wide(std) } },
      { name: `BGR, ${name}`, input: { color: 'bgr', scale, mean: wide(mean).reverse(), std: wide(std).reverse() } },
    ];
  });
  return declared ? [{ name: 'as the weights say', input: declared }, ...all] : all;
}
