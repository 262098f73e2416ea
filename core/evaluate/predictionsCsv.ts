/**
 * The predictions file: one row an image, one column a network, then the decision. Streams, and appears only when
 * complete.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { StudioError } from '../../contract/errors.ts';
import type { Decision } from '../../contract/voting.ts';
import { openDurableFile, type DurableFile } from '../files/durableFile.ts';
import { exactCell, float32Cell, textCell } from '../../pure/csv.ts';
import { sidecarPath, type PredictionsSidecar, type WrittenCsv } from './predictionsSidecar.ts';

export interface PredictionColumns {
  /**
   * The image's path exactly as it is, last of all: `image` is changed where a spreadsheet would take it for a formula.
   */
  readonly path?: boolean;
  /** The label, empty where there is none. */
  readonly truth?: boolean;
  readonly why?: boolean;
  /**
   * Probability of each member's class (`<member> probability`) and of the decision (`decision probability`, the
   * members' weighted mean).
   */
  readonly confidence?: boolean;
  /** The five classes with the highest weighted mean probability, each with it: `top1`, `top1 probability`, …. */
  readonly top5?: boolean;
  /** Every class's weighted mean probability, one column a class: `p(<class>)`. */
  readonly probabilities?: boolean;
  /** Every class's probability by each member: `<member> p(<class>)`, member after member. */
  readonly memberProbabilities?: boolean;
}

export interface PredictionsCsvOptions {
  /** Column name of each member, as `memberLabels` gives them. */
  readonly memberLabels: readonly string[];
  readonly classNames: readonly string[];
  readonly classIds: readonly string[];
  /** What class cells hold; names by default. */
  readonly cells?: 'name' | 'id';
  readonly columns?: PredictionColumns;
  /** Each member's weight in the mean probabilities; equal when left out. */
  readonly weights?: readonly number[];
  readonly overwrite?: boolean;
  /**
   * Start with a byte order mark, which some spreadsheets need for names beyond ASCII. Off by default: scripts trip
   * over it.
   */
  readonly byteOrderMark?: boolean;
}

export interface PredictionRow {
  readonly image: string;
  /** Each member's class, in member order. */
  readonly memberClass: ArrayLike<number>;
  readonly decision: number;
  /** Label; −1 or left out where there is none. */
  readonly truth?: number;
  readonly why?: Decision;
  /** Each member's `[classes]`; needed for the columns that show probabilities. */
  readonly probabilities?: readonly Float32Array[];
}

export interface PredictionsCsvWriter {
  /** Rows so far. */
  readonly rows: number;
  /** Adds a row; await what it returns, it is how the disk slows the caller down. */
  write(row: PredictionRow): Promise<void> | undefined;
  /** Flushes, writes the sidecar beside, and gives both files their names. */
  finish(sidecar: Omit<PredictionsSidecar, 'csv'>): Promise<WrittenCsv>;
  /** Removes what was written; does nothing after `finish`. */
  discard(): Promise<void>;
}

/** Characters gathered before they go to the disk. */
const CHUNK_CHARS = 1 << 16;

/**
 * Opens a predictions file; the name is taken only by `finish`.
 * @throws {StudioError} file.exists when it or its sidecar exists and `overwrite` is off; file.notFound,
 *   file.noPermission, file.diskFull
 * @throws {StudioError} ensemble.badMembers, prediction.classMismatch for options or rows that do not fit together
 */
export async function openPredictionsCsv(path: string, options: PredictionsCsvOptions): Promise<PredictionsCsvWriter> {
  const cells = (options.cells === 'id' ? options.classIds : options.classNames).map(textCell);
  if (options.memberLabels.length === 0)
    throw new StudioError('ensemble.badMembers', 'A predictions file needs at least one network.');
  if (options.classIds.length !== options.classNames.length || cells.length === 0) {
    throw new StudioError(
      'prediction.classMismatch',
      `${options.classNames.length} class names for ${options.classIds.length} class ids; one each was expected.`,
    );
  }
  const weights = options.weights ?? options.memberLabels.map(() => 1);
  if (weights.length !== options.memberLabels.length)
    throw new StudioError(
      'ensemble.badMembers',
      `${weights.length} weights for ${options.memberLabels.length} networks.`,
    );
  const csv = await openDurableFile(path, options);
  try {
    const sidecar = await openDurableFile(sidecarPath(path), options);
    return new Writer(csv, sidecar, options, cells, weights);
  } catch (error) {
    await csv.discard();
    throw error;
  }
}

class Writer implements PredictionsCsvWriter {
  rows = 0;
  readonly #csv: DurableFile;
  readonly #sidecar: DurableFile;
  readonly #columns: PredictionColumns;
  readonly #cells: readonly string[];
  readonly #weights: readonly number[];
  readonly #overwrite: boolean;
  readonly #hash = createHash('sha256');
  readonly #mean: Float64Array;
  #pending: string;

  constructor(
    csv: DurableFile,
    sidecar: DurableFile,
    options: PredictionsCsvOptions,
    cells: readonly string[],
    weights: readonly number[],
  ) {
    this.#csv = csv;
    this.#sidecar = sidecar;
    this.#columns = options.columns ?? {};
    this.#cells = cells;
    const sum = weights.reduce((total, weight) => total + weight, 0);
    this.#weights = weights.map((weight) => weight / sum);
    this.#overwrite = options.overwrite ?? false;
    this.#mean = new Float64Array(cells.length);
    this.#pending = `${options.byteOrderMark ? '\ufeff' : ''}${header(options, this.#columns).map(textCell).join(',')}\n`;
  }

  write(row: PredictionRow): Promise<void> | undefined {
    if (row.memberClass.length !== this.#weights.length) {
      throw new StudioError(
        'ensemble.badMembers',
        `Row ${this.rows + 1} has ${row.memberClass.length} networks' classes; ${this.#weights.length} were expected.`,
      );
    }
    let line = textCell(row.image);
    for (let member = 0; member < row.memberClass.length; member++) line += `,${this.#cell(row.memberClass[member]!)}`;
    line += `,${this.#cell(row.decision)}`;
    if (this.#columns.truth) line += row.truth === undefined || row.truth < 0 ? ',' : `,${this.#cell(row.truth)}`;
    if (this.#columns.why) line += `,${row.why ?? ''}`;
    const { confidence, top5, probabilities, memberProbabilities } = this.#columns;
    if (confidence || top5 || probabilities || memberProbabilities) line += this.#probabilityCells(row);
    if (this.#columns.path) line += `,${exactCell(row.image)}`;
    this.#pending += `${line}\n`;
    this.rows++;
    return this.#pending.length >= CHUNK_CHARS ? this.#flush() : undefined;
  }

  async finish(sidecar: Omit<PredictionsSidecar, 'csv'>): Promise<WrittenCsv> {
    try {
      await this.#flush();
      const csv: WrittenCsv = {
        file: basename(this.#csv.path),
        rows: this.rows,
        sizeBytes: this.#csv.sizeBytes,
        sha256: this.#hash.digest('hex'),
      };
      await this.#sidecar.write(Buffer.from(`${JSON.stringify({ csv, ...sidecar }, null, 2)}\n`));
      // The sidecar first: a predictions file is never without its explanation.
      await this.#sidecar.commit();
      try {
        await this.#csv.commit();
      } catch (error) {
        if (!this.#overwrite) await rm(this.#sidecar.path, { force: true });
        throw error;
      }
      return csv;
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    await this.#csv.discard();
    await this.#sidecar.discard();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#pending, 'utf8');
    this.#pending = '';
    this.#hash.update(bytes);
    await this.#csv.write(bytes);
  }

  #cell(c: number): string {
    const cell = this.#cells[c];
    if (cell === undefined)
      throw new StudioError(
        'prediction.classMismatch',
        `Row ${this.rows + 1} has class ${c}; the ${this.#cells.length} classes are numbered 0 to ` +
          `${this.#cells.length - 1}.`,
      );
    return cell;
  }

  #probabilityCells(row: PredictionRow): string {
    const members = row.probabilities;
    if (members?.length !== this.#weights.length || members.some((own) => own.length !== this.#mean.length)) {
      throw new StudioError(
        'prediction.classMismatch',
        `Row ${this.rows + 1} lacks the ${this.#weights.length} × ${this.#mean.length} probabilities that its ` +
          'columns show.',
      );
    }
    const mean = this.#mean.fill(0);
    for (let member = 0; member < members.length; member++) {
      for (let c = 0; c < mean.length; c++) mean[c]! += this.#weights[member]! * members[member]![c]!;
    }
    let cells = '';
    if (this.#columns.confidence) {
      for (let member = 0; member < members.length; member++)
        cells += `,${float32Cell(members[member]![row.memberClass[member]!]!)}`;
      cells += `,${float32Cell(mean[row.decision]!)}`;
    }
    if (this.#columns.top5) for (const c of highest(mean, 5)) cells += `,${this.#cells[c]},${float32Cell(mean[c]!)}`;
    if (this.#columns.probabilities) for (const p of mean) cells += `,${float32Cell(p)}`;
    if (this.#columns.memberProbabilities)
      for (const own of members) for (const p of own) cells += `,${float32Cell(p)}`;
    return cells;
  }
}

function header(options: PredictionsCsvOptions, columns: PredictionColumns): string[] {
  const names = ['image', ...options.memberLabels, 'decision'];
  if (columns.truth) names.push('truth');
  if (columns.why) names.push('why');
  if (columns.confidence)
    names.push(...options.memberLabels.map((label) => `${label} probability`), 'decision probability');
  if (columns.top5)
    for (let place = 1; place <= Math.min(5, options.classNames.length); place++)
      names.push(`top${place}`, `top${place} probability`);
  const ofClasses = (options.cells === 'id' ? options.classIds : options.classNames).map((name) => `p(${name})`);
  if (columns.probabilities) names.push(...ofClasses);
  if (columns.memberProbabilities)
    for (const label of options.memberLabels) names.push(...ofClasses.map((name) => `${label} ${name}`));
  if (columns.path) names.push('path');
  return names;
}

/** The `count` classes with the highest values, highest first; equal values: the lower class first. */
function highest(values: Float64Array, count: number): number[] {
  const best: number[] = [];
  for (let c = 0; c < values.length; c++) {
    if (best.length === count && values[c]! <= values[best[count - 1]!]!) continue;
    let place = best.length;
    while (place > 0 && values[c]! > values[best[place - 1]!]!) place--;
    best.splice(place, 0, c);
    if (best.length > count) best.pop();
  }
  return best;
}
