/** A run as a file that other programs read. */
import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import type { MetricPoint } from '../../../contract/metrics.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { textCell } from '../../../pure/csv.ts';
import type { RunWithCheckpoints } from './runs.ts';

export interface WrittenRun {
  readonly path: string;
  readonly points: number;
  readonly sizeBytes: number;
}

/**
 * `.json`: spec, results, checkpoints and every metric point. `.csv`: the columns `metric,step,epoch,value`; a value
 * that is no finite number is `nan`, `inf` or `-inf`.
 * @throws {StudioError} `input.invalid` for another ending, `file.exists`, `file.noPermission`, `file.diskFull`
 */
export async function exportRun(
  run: RunWithCheckpoints,
  metrics: readonly MetricPoint[],
  output: string,
  overwrite: boolean,
): Promise<WrittenRun> {
  const path = resolve(output);
  const ending = extname(path).toLowerCase();
  if (ending !== '.json' && ending !== '.csv')
    throw new StudioError('input.invalid', `${output} ends in neither .json nor .csv.`, {
      remedy: 'Give a file name with one of these endings.',
    });
  const text =
    ending === '.json'
      ? `${JSON.stringify({ ...run, metrics }, null, 2)}\n`
      : [
          'metric,step,epoch,value',
          ...metrics.map(({ name, step, epoch, value, kind }) => `${textCell(name)},${step},${epoch},${value ?? kind}`),
          '',
        ].join('\r\n');
  await writeDurableFile(path, text, { overwrite });
  return { path, points: metrics.length, sizeBytes: statSync(path).size };
}
