/** Job processes by child_process, for every host that is plain Node. */
import { fork } from 'node:child_process';
import type { Fork } from '../core/studio/jobs/jobChild.ts';
import { jobNodeOptions } from '../core/studio/jobs/jobNodeOptions.ts';

/**
 * In a process group of its own, so that a terminal's Ctrl-C reaches only the host, which then asks the job to finish
 * its step. A job ends by itself when the channel to its host closes.
 */
export const forkJob: Fork = (entry, options) => forkBy(process.execPath, entry, options);

/** The same with `execPath` in Node's place: a program that sets limits and then becomes Node. */
export const forkBy = (execPath: string, entry: string, { env }: Parameters<Fork>[1]): ReturnType<Fork> => {
  const child = fork(entry, [], {
    execPath,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: jobNodeOptions(env),
    detached: process.platform !== 'win32',
  });
  let startError: string | undefined;
  let onExit: ((exit: { code: number | null; signal: string | null; startError?: string }) => void) | undefined;
  child.on('error', (error) => {
    if (child.pid !== undefined) return;
    startError = error.message;
    onExit?.({ code: null, signal: null, startError });
  });
  return {
    pid: child.pid,
    // A process that is gone hears nothing; its exit says what there is to say.
    send(message) {
      if (child.connected) child.send(message, () => undefined);
    },
    kill() {
      child.kill('SIGKILL');
    },
    onMessage(listener) {
      child.on('message', listener);
    },
    onExit(listener) {
      onExit = listener;
      child.on('close', (code, signal) => {
        if (startError === undefined) listener({ code, signal });
      });
    },
    onOutput(listener) {
      child.stdout?.setEncoding('utf8').on('data', listener);
      child.stderr?.setEncoding('utf8').on('data', listener);
    },
  };
};
