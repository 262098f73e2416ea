/** Job processes by Electron's utilityProcess. */
import { utilityProcess } from 'electron';
import type { Fork } from '../core/studio/jobChild.ts';

export const forkUtility: Fork = (entry, { env }) => {
  const child = utilityProcess.fork(entry, [], { env: { ...env }, stdio: 'pipe', serviceName: 'Quorum job', execArgv: ['--disable-warning=ExperimentalWarning'] });
  let killed = false;
  // The child has no process.send of its own: what it hears and says goes over its parent port.
  return {
    get pid() { return child.pid; },
    send(message) { child.postMessage(message); },
    kill() {
      killed = true;
      // A job that hangs in native code does not hear SIGTERM, which is all that kill() sends.
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
      else child.kill();
    },
    onMessage(listener) { child.on('message', listener); },
    onExit(listener) {
      child.on('exit', (code) => listener(killed ? { code: null, signal: 'SIGKILL' } : { code, signal: null }));
    },
    onOutput(listener) {
      child.stdout?.on('data', (data: Buffer) => listener(data.toString('utf8')));
      child.stderr?.on('data', (data: Buffer) => listener(data.toString('utf8')));
    },
  };
};
