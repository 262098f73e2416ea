/**
 * Limits that a shell, a batch system or a container sets, too low to work with: what is told is the limit, and how it
 * is raised; nothing is called a fault of Quorum, and the same works without the limit.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { noTensorFlow } from '../support/engines.ts';
import { noSmallDisk, smallDisk } from '../support/smallDisk.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { quorum, startQuorum } from './support/quorumProcess.ts';
import { importSample, trainingOptions } from './support/smallTraining.ts';
import { LONG, tell } from './support/trial.ts';

const FAULT = /This is a fault in Quorum|^\s+at .*:\d+/mu;
const noPrlimit = process.platform === 'linux' ? null : 'limits are set by prlimit, which is a program of Linux';

let dataDir = '';
beforeAll(async () => {
  dataDir = join(temporaryFolder(), 'data');
  if (noTensorFlow === null && noPrlimit === null) await importSample(dataDir);
}, 300_000);

interface Limit {
  readonly name: string;
  readonly through?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly says: RegExp;
}

const TMPDIR = /set TMPDIR to a folder that you may write to/;

/** Too long for the suite, or of this machine's and this Node's size. */
const LONG_ONES: readonly Limit[] = [
  {
    name: '1.64 GB of addresses',
    through: ['prlimit', '--as=1640000000'],
    args: ['runs', 'list'],
    says: /too little memory to load its libraries[^]*ulimit -v unlimited/,
  },
  {
    name: '3 GB of addresses',
    through: ['prlimit', '--as=3000000000'],
    args: trainingOptions(1),
    says: /too little memory for its libraries[^]*ulimit -v unlimited/,
  },
  {
    name: 'no folder for temporary files',
    env: { TMPDIR: '/missing' },
    args: trainingOptions(1),
    says: TMPDIR,
  },
];

const LIMITS: readonly Limit[] = [
  ...[22, 24, 30, 36].slice(LONG ? 0 : 1, LONG ? 4 : 2).map((count) => ({
    name: `${count} open files`,
    through: ['prlimit', `--nofile=${count}`],
    args: ['runs', 'list'],
    says: /the limit of open files is too low[^]*ulimit -n 4096/,
  })),
  {
    name: 'files of 16 KiB',
    through: ['prlimit', '--fsize=16384'],
    args: ['queue', 'pause'],
    says: /larger than the system allows[^]*ulimit -f unlimited/,
  },
  ...(LONG ? LONG_ONES : []),
];

describe.skipIf(noTensorFlow !== null || noPrlimit !== null)('with', () => {
  test.each(LIMITS)('$name the limit is named, and without it the same works', async (limit) => {
    const limited = startQuorum(dataDir, limit.args, limit.env, limit.through);
    expect(await limited.ended, limited.output()).not.toBe(0);
    expect(limited.output()).toMatch(limit.says);
    expect(limited.output()).not.toMatch(FAULT);
    await quorum(dataDir, limit.args);
    tell(`${limit.name}: named; the same works without the limit`);
  });

  test.skipIf(!LONG || noSmallDisk !== null)(
    'a read-only disk for temporary files it is named, and without it the same works',
    async () => {
      const disk = smallDisk(1 << 20);
      try {
        disk.makeReadOnly();
        const limited = startQuorum(dataDir, trainingOptions(1), { TMPDIR: disk.path });
        await limited.ended;
        expect(limited.output()).toMatch(TMPDIR);
        expect(limited.output()).not.toMatch(FAULT);
        await quorum(dataDir, trainingOptions(1));
        tell('a read-only disk for temporary files: named; the same works without it');
      } finally {
        disk.remove();
      }
    },
  );
});
