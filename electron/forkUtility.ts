/** Job processes by Electron's utilityProcess. */
import { app, utilityProcess } from 'electron';
import type { Fork } from '../core/studio/jobs/jobChild.ts';
import { jobNodeOptions } from '../core/studio/jobs/jobNodeOptions.ts';
import { decodeExit } from './decodeExit.ts';

/** What a process printed last, and why it is gone, are told in events of their own, at about the time of its exit. */
const SETTLE_MS = 100;
let started = 0;

export const forkUtility: Fork = (entry, { env }) => {
  // the event that says why a process is gone knows it by this name alone
  const serviceName = `Quorum job ${++started}`;
  // macOS would not load the engine otherwise, which is compiled on the user's machine and carries no signature
  const child = utilityProcess.fork(entry, [], {
    env: { ...env },
    stdio: 'pipe',
    serviceName,
    execArgv: jobNodeOptions(env),
    allowLoadingUnsignedLibraries: true,
  });
  let killed = false;
  let reason: string | undefined;
  const hearGone = (
    _event: unknown,
    details: { readonly name?: string; readonly serviceName?: string; readonly reason: string },
  ): void => {
    if (details.name === serviceName || details.serviceName === serviceName) ({ reason } = details);
  };
  app.on('child-process-gone', hearGone);
  let report = '';
  child.on('error', (type, location) => {
    report = `${type} at ${location}\n`;
  });
  return {
    get pid() {
      return child.pid;
    },
    // The child has no process.send of its own: what it hears and says goes over its parent port.
    send(message) {
      child.postMessage(message);
    },
    kill() {
      killed = true;
      try {
        // A job that hangs in native code does not hear SIGTERM, which is all that kill() sends.
        if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
        else child.kill();
      } catch {
        // it has gone meanwhile
      }
    },
    onMessage(listener) {
      child.on('message', listener);
    },
    onExit(listener) {
      child.on('exit', (status) => {
        setTimeout(() => {
          app.off('child-process-gone', hearGone);
          listener(decodeExit(status, { reason, killed }, process.platform));
        }, SETTLE_MS);
      });
    },
    onOutput(listener) {
      child.stdout?.on('data', (data: Buffer) => listener(data.toString('utf8')));
      child.stderr?.on('data', (data: Buffer) => listener(data.toString('utf8')));
      child.on('exit', () => {
        if (report !== '') listener(report);
      });
    },
  };
};
