/** `quorum job`: what a place's script starts. */
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import packageCard from '../../package.json' with { type: 'json' };
import { forkJob } from '../forkJob.ts';

const WORKER_ENTRY = fileURLToPath(new URL('../../core/worker/main.ts', import.meta.url));

export function addJobCommand(program: Command): void {
  program
    .command('job [run-folder]')
    .description('Train a run that was submitted from another machine; called by the jobs of a place.')
    .option('--report', 'print version, engines and GPUs as a line of JSON instead')
    .action(async (folder: string | undefined, { report = false }: { readonly report?: boolean }) => {
      if (report) {
        const { reportPlace } = await import('../../core/studio/places/placeReport.ts');
        return console.log(JSON.stringify(await reportPlace(packageCard.version)));
      }
      if (folder === undefined) throw new StudioError('input.invalid', 'Name the folder of the run.');
      const { runDetachedJob } = await import('../../core/studio/places/detachedJob.ts');
      await runDetachedJob(resolve(folder), { fork: forkJob, workerEntry: WORKER_ENTRY, env: process.env });
    });
}
