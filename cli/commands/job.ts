/** `quorum job`: what a place's script starts. */
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runDetachedJob } from '../../core/studio/places/detachedJob.ts';
import { forkJob } from '../forkJob.ts';

const WORKER_ENTRY = fileURLToPath(new URL('../../core/worker/main.ts', import.meta.url));

export function addJobCommand(program: Command): void {
  program
    .command('job <run-folder>')
    .description('Train a run that was submitted from another machine; called by the jobs of a place.')
    .action((folder: string) =>
      runDetachedJob(resolve(folder), { fork: forkJob, workerEntry: WORKER_ENTRY, env: process.env }),
    );
}
