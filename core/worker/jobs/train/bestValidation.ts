/**
 * What a run says of the validation images at its best epoch: written while they are validated, so that confusion and
 * mistakes need no second pass. The host takes the folder over once the run has ended.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceReport } from '../../../../contract/run.ts';
import type { RunSpec } from '../../../../contract/runSpec.ts';
import type { Batch, BatchSource } from '../../../data/batches/loader.ts';
import { openProbabilityWriter, type ProbabilityWriter } from '../../../evaluate/probabilityFile.ts';
import { softmaxRows } from '../../../train/scores.ts';
import type { ValidationKeeper } from '../../../train/training.ts';
import { BEST_VALIDATION_FOLDER } from './messages.ts';

const UNDER_WAY = 'under-way';

export interface BestValidationOptions {
  readonly runDir: string;
  readonly spec: Pick<RunSpec, 'classIds' | 'classNames'>;
  readonly val: BatchSource;
  readonly device: DeviceReport;
  /** Hears why nothing is kept: a training goes on without it. */
  readonly onTrouble: (error: unknown) => void;
}

export class BestValidation implements ValidationKeeper {
  readonly #options: BestValidationOptions;
  readonly #folder: string;
  #writer: ProbabilityWriter | null = null;
  #broken = false;
  #paths: string[] = [];
  #labels: number[] = [];
  #beganAt = 0;

  constructor(options: BestValidationOptions) {
    this.#options = options;
    this.#folder = join(options.runDir, BEST_VALIDATION_FOLDER);
  }

  async add({ count, indices, labels }: Batch, logits: Float32Array): Promise<void> {
    if (this.#broken) return;
    const { spec, val } = this.#options;
    const classes = spec.classNames.length;
    await this.#attempt(async () => {
      if (!this.#writer) {
        this.#writer = await openProbabilityWriter(join(this.#folder, UNDER_WAY), { classes, overwrite: true });
        [this.#paths, this.#labels] = [[], []];
        this.#beganAt = performance.now();
      }
      await this.#writer.append(softmaxRows(logits.subarray(0, count * classes), classes));
      for (let i = 0; i < count; i++) this.#paths.push(val.pathOf(indices[i]!));
      this.#labels.push(...labels.subarray(0, count));
    });
  }

  async end(bestSeq: number | null): Promise<void> {
    const writer = this.#writer;
    if (writer && !this.#broken)
      await this.#attempt(() => (bestSeq === null ? writer.discard() : this.#keep(writer, bestSeq)));
    this.#writer = null;
    this.#broken = false;
  }

  /** The one before goes once this one is whole. */
  async #keep(writer: ProbabilityWriter, seq: number): Promise<void> {
    const { spec, device } = this.#options;
    const seconds = (performance.now() - this.#beganAt) / 1000;
    await writer.finish({
      classNames: spec.classNames,
      classIds: spec.classIds,
      paths: this.#paths,
      labels: this.#labels,
      skipped: [],
      device,
      imagesPerSec: this.#labels.length / Math.max(1e-3, seconds),
    });
    await rm(join(this.#folder, String(seq)), { recursive: true, force: true });
    await rename(join(this.#folder, UNDER_WAY), join(this.#folder, String(seq)));
    for (const name of await readdir(this.#folder))
      if (name !== String(seq)) await rm(join(this.#folder, name), { recursive: true, force: true });
  }

  async #attempt(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#broken = true;
      await this.#writer?.discard().catch(() => undefined);
      this.#options.onTrouble(error);
    }
  }
}
