/**
 * A real Slurm on this machine alone: munged, slurmctld and slurmd in a folder of their own, on loopback, with two
 * pretended GPUs. Needs Debian's slurm-wlm and munge, and root.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { noSlurm } from '../../build/testPrograms/slurm.mjs';

export const NO_SLURM = noSlurm();

export interface SlurmCluster {
  /** As if its machine were down; jobs that run go on. */
  stopController(): Promise<void>;
  startController(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it and points this process's Slurm commands at it (`SLURM_CONF`). */
export async function startSlurm(): Promise<SlurmCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-slurm-'));
  const conf = join(folder, 'slurm.conf');
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name));
  const key = join(folder, 'munge.key');
  writeFileSync(key, randomBytes(1024), { mode: 0o400 });
  for (const [i, minor] of ['3', '5'].entries()) execFileSync('mknod', [join(folder, `gpu${i}`), 'c', '1', minor]);
  writeFileSync(join(folder, 'gres.conf'), `Name=gpu File=${folder}/gpu[0-1]\n`);
  writeFileSync(conf, configuration(folder, await freePorts()));
  process.env['SLURM_CONF'] = conf;
  const munge = ['key-file', 'socket', 'pid-file', 'log-file', 'seed-file'].map(
    (name) => `--${name}=${join(folder, MUNGE_FILES[name] ?? '')}`,
  );
  execFileSync('munged', [...munge, '--force']);
  const startController = async (): Promise<void> => {
    execFileSync('slurmctld', ['-f', conf]);
    await until(() => spawnSync('scontrol', ['ping'], { encoding: 'utf8' }).stdout.includes('UP'));
  };
  await startController();
  execFileSync('slurmd', ['-f', conf]);
  const nodeStates = (): string => spawnSync('sinfo', ['--noheader', '--format=%T'], { encoding: 'utf8' }).stdout;
  await until(() => /idle|mixed|allocated/.test(nodeStates()));
  return {
    startController,
    stopController: () => stop(join(folder, 'slurmctld.pid')),
    async close() {
      spawnSync('scancel', ['--user=root']);
      for (const name of ['slurmd', 'slurmctld', 'munged']) await stop(join(folder, `${name}.pid`));
      delete process.env['SLURM_CONF'];
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const MUNGE_FILES: Readonly<Record<string, string>> = {
  'key-file': 'munge.key',
  socket: 'munge.sock',
  'pid-file': 'munged.pid',
  'log-file': 'munged.log',
  'seed-file': 'munge.seed',
};

function configuration(folder: string, [controller, daemon]: readonly [number, number]): string {
  const settings = {
    ClusterName: 'one',
    SlurmctldHost: `${hostname().split('.')[0]}(127.0.0.1)`,
    SlurmctldPort: controller,
    SlurmdPort: daemon,
    AuthType: 'auth/munge',
    // a job that is put back into line waits for its old credential to expire
    AuthInfo: `socket=${join(folder, 'munge.sock')},cred_expire=5`,
    SlurmUser: 'root',
    SlurmdUser: 'root',
    StateSaveLocation: join(folder, 'state'),
    SlurmdSpoolDir: join(folder, 'spool'),
    SlurmctldPidFile: join(folder, 'slurmctld.pid'),
    SlurmdPidFile: join(folder, 'slurmd.pid'),
    SlurmctldLogFile: join(folder, 'slurmctld.log'),
    SlurmdLogFile: join(folder, 'slurmd.log'),
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    SwitchType: 'switch/none',
    MpiDefault: 'none',
    JobAcctGatherType: 'jobacct_gather/none',
    AccountingStorageType: 'accounting_storage/none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_Core',
    ReturnToService: 2,
    GresTypes: 'gpu',
  };
  const node = hostname().split('.')[0];
  return [
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    `NodeName=${node} NodeAddr=127.0.0.1 CPUs=${availableParallelism()} RealMemory=1000 Gres=gpu:2 State=UNKNOWN`,
    `PartitionName=main Nodes=${node} Default=YES MaxTime=INFINITE State=UP`,
    '',
  ].join('\n');
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    ports.push(typeof address === 'object' && address ? address.port : 0);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number];
}

async function stop(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const lives = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  if (lives()) process.kill(pid, 'SIGTERM');
  await until(() => !lives());
  rmSync(pidFile, { force: true });
}

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 900_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('what is waited for did not come');
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}
