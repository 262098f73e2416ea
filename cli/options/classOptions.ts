/** Options that say what a network's outputs mean for the images: --reading and --class-map. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { ClassMap } from '../../contract/classMap.ts';
import { Reading } from '../../contract/protocol.ts';
import { readClassMap } from '../../core/studio/results/readClassMap.ts';

export interface ClassOptions {
  readonly reading?: Reading;
  readonly classMap?: string;
}

export function addClassOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--reading <which>',
        "outputs that compete: all of the network's, or the subset that the data set has; default: all",
      ).choices(Reading.options),
    )
    .option('--class-map <file>', 'CSV with the columns network and dataset: which classes are the same');
}

/** @throws {StudioError} as `readClassMap` */
export async function readingOf({
  reading,
  classMap,
}: ClassOptions): Promise<{ readonly reading?: Reading; readonly classMap?: ClassMap }> {
  return {
    ...(reading && { reading }),
    ...(classMap !== undefined && { classMap: await readClassMap(resolve(classMap)) }),
  };
}
