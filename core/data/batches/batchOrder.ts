/** Which examples make up a batch: by epoch and step, the same at any time. */
import { balancedOrder } from './balancedOrder.ts';
import { permutation } from '../random.ts';
import { stratifiedSubset } from './stratify.ts';

export interface OrderOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** A new random order each epoch; otherwise the order of the split. */
  readonly shuffle: boolean;
  /** With `shuffle`: every class equally often in an epoch. */
  readonly balanced?: boolean;
  /**
   * With `shuffle`: each image comes so many times in a row, so that an epoch of as many steps shows fewer of them
   * (Hoffer et al. 2020, arXiv:1901.09335; as in DeiT on one device). 1 when left out.
   */
  readonly repeats?: number;
  /** Use only this many examples: a fixed subset in which each class keeps its share. */
  readonly limit?: number;
  /**
   * Positions in the split that are in no batch: those that hold one are smaller, everything else is as it would be.
   */
  readonly leftOut?: ReadonlySet<number>;
}

/** What a batch is made of, example by example. */
export interface BatchPlaces {
  /** Positions in the split. */
  readonly indices: Int32Array;
  readonly labels: Int32Array;
  /** How often the example came in the epoch before: 0, but for `repeats` and `balanced`. Each copy is augmented anew. */
  readonly copies: Int32Array;
}

interface EpochOrder {
  readonly epoch: number;
  readonly positions: Int32Array;
  /** How often each of them came before in the epoch; null where none comes twice. */
  readonly earlier: Int32Array | null;
}

export class BatchOrder {
  /** Batches of an epoch; the last one may be smaller. */
  readonly stepsPerEpoch: number;
  /** Examples of an epoch. */
  readonly length: number;
  readonly #labels: Int32Array;
  readonly #options: OrderOptions;
  readonly #examples: Int32Array | null;
  #order: EpochOrder | null = null;

  /** `labels` of the whole split. @throws {RangeError} when the batch size is below 1 */
  constructor(labels: Int32Array, options: OrderOptions) {
    const { batchSize, limit } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) throw new RangeError(`a batch of ${batchSize} images`);
    this.#labels = labels;
    this.#options = options;
    this.#examples = limit !== undefined && limit < labels.length ? stratifiedSubset(labels, limit) : null;
    this.length = this.#examples?.length ?? labels.length;
    this.stepsPerEpoch = Math.ceil(this.length / batchSize);
  }

  /** Pictures of the largest batch. */
  get most(): number {
    return Math.min(this.#options.batchSize, this.length);
  }

  /**
   * Fills the start of the given arrays; returns the number of examples (0 where all of a batch is left out).
   * @throws {RangeError} for a step that the epoch does not have
   */
  select(epoch: number, stepInEpoch: number, { indices, labels, copies }: BatchPlaces): number {
    if (!Number.isInteger(stepInEpoch) || stepInEpoch < 0 || stepInEpoch >= this.stepsPerEpoch)
      throw new RangeError(`step ${stepInEpoch} of an epoch of ${this.stepsPerEpoch}`);
    const first = stepInEpoch * this.#options.batchSize;
    const count = Math.min(this.#options.batchSize, this.length - first);
    const order = this.#options.shuffle ? this.#orderOf(epoch) : null;
    const { leftOut, repeats = 1 } = this.#options;
    let kept = 0;
    for (let i = 0; i < count; i += 1) {
      const place = first + i;
      const drawn = Math.floor(place / repeats);
      const position = order === null ? place : order.positions[drawn]!;
      const index = this.#examples === null ? position : this.#examples[position]!;
      if (leftOut?.has(index)) continue;
      indices[kept] = index;
      labels[kept] = this.#labels[index]!;
      copies[kept] = order === null ? 0 : (order.earlier?.[drawn] ?? 0) * repeats + (place % repeats);
      kept += 1;
    }
    return kept;
  }

  /** Examples of each class that an epoch is drawn from. */
  classCounts(classes: number): number[] {
    const counts = new Array<number>(classes).fill(0);
    for (const label of this.#ownLabels()) if (label >= 0) counts[label] = (counts[label] ?? 0) + 1;
    return counts;
  }

  /** Labels by position. */
  #ownLabels(): Int32Array {
    const labels = this.#labels;
    return this.#examples?.map((index) => labels[index]!) ?? labels;
  }

  #orderOf(epoch: number): EpochOrder {
    if (this.#order?.epoch !== epoch) {
      const { seed, balanced } = this.#options;
      const positions = balanced
        ? balancedOrder(this.#ownLabels(), seed, epoch)
        : permutation(this.length, seed, 'shuffle', epoch);
      this.#order = { epoch, positions, earlier: balanced ? earlierOf(positions) : null };
    }
    return this.#order;
  }
}

function earlierOf(positions: Int32Array): Int32Array {
  const seen = new Map<number, number>();
  return positions.map((position) => {
    const before = seen.get(position) ?? 0;
    seen.set(position, before + 1);
    return before;
  });
}
