/** What every command does around its own work: options, the studio, results, errors, exit codes. */
import type { Command } from 'commander';
import type { Studio } from '../core/studio/createStudio.ts';
import { defaultDataDir } from '../core/studio/records/paths.ts';
import type { WorkOptions } from '../core/studio/context.ts';
import { forkJob } from './forkJob.ts';
import { catchInterrupts, INTERRUPTED_EXIT_CODE, type Interrupts } from './interrupts.ts';
import { createProgress, type Progress, progressMode } from './progress.ts';
import { resolve } from 'node:path';

export interface Session {
  readonly studio: Studio;
  readonly progress: Progress;
  readonly json: boolean;
  readonly interrupts: Interrupts;
  /** Progress and Ctrl-C for a studio call. */
  readonly work: WorkOptions;
  /** The command's one result: `value` with --json, else `text`. */
  print(value: unknown, text: string): void;
}

interface GlobalOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Runs a command's `action` with the studio open; a Ctrl-C on the way makes the exit code 130. */
export async function withStudio(
  command: Command,
  action: (session: Session) => Promise<void>,
  { rebuild = false } = {},
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const json = options.json ?? false;
  const progress = createProgress(progressMode(json));
  // here, not above: help and a mistyped command need no studio
  const { createStudio } = await import('../core/studio/createStudio.ts');
  const studio = await createStudio({ dataDir: resolve(options.dataDir ?? defaultDataDir()), fork: forkJob, rebuild });
  for (const notice of studio.notices) progress.say(notice);
  const interrupts = catchInterrupts(progress);
  try {
    await action({
      studio,
      progress,
      json,
      interrupts,
      work: {
        onProgress: (state) => progress.update(state),
        onLog: (level, text) => {
          if (level !== 'info') progress.say(text);
        },
        signal: interrupts.signal,
        killSignal: interrupts.killSignal,
      },
      print(value, text) {
        progress.end();
        process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
      },
    });
  } finally {
    progress.end();
    interrupts.release();
    await studio.close();
    if (interrupts.signal.aborted) process.exitCode = INTERRUPTED_EXIT_CODE;
  }
}
