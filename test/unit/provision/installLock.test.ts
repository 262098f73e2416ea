import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { LOCK_FILE, takeInstallLock } from '../../../core/provision/installLock.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const holder = fileURLToPath(new URL('lockHolder.ts', import.meta.url));

describe('the installation lock', () => {
  test('is held by one process at a time', async () => {
    const folder = temporaryFolder();
    const log = path.join(folder, 'log');
    const children = [1, 2, 3].map(() =>
      spawn(process.execPath, [holder, folder, log, '150'], { stdio: ['ignore', 'ignore', 'inherit'] }),
    );
    const exits = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    expect(exits).toEqual([0, 0, 0]);
    expect(readFileSync(log, 'utf8')).toBe('begin\nend\n'.repeat(3));
    expect(existsSync(path.join(folder, LOCK_FILE))).toBe(false);
  });

  test('is taken over from a process that was killed', async () => {
    const folder = temporaryFolder();
    const log = path.join(folder, 'log');
    const child = spawn(process.execPath, [holder, folder, log, '60000'], { stdio: 'ignore' });
    while (!existsSync(log)) await sleep(20);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(path.join(folder, LOCK_FILE))).toBe(true);
    const giveBack = await takeInstallLock(folder, () => {
      throw new Error('waited for a dead process');
    });
    await giveBack();
    expect(readdirSync(folder)).toEqual(['log']);
  });

  test.each([
    ['a process id that another process has now', JSON.stringify({ pid: process.pid, startedAt: '1' })],
    ['nothing readable', '{"pid":'],
  ])('is taken over when it holds %s', async (_what, text) => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, LOCK_FILE), text);
    const giveBack = await takeInstallLock(folder, () => {
      throw new Error('waited');
    });
    await giveBack();
  });

  test('can be waited for no longer', async () => {
    const folder = temporaryFolder();
    const giveBack = await takeInstallLock(folder, () => undefined);
    const abort = new AbortController();
    const waiting: number[] = [];
    const second = takeInstallLock(
      folder,
      (pid) => {
        waiting.push(pid);
        abort.abort();
      },
      abort.signal,
    );
    await expect(second).rejects.toThrow(/abort/i);
    expect(waiting).toEqual([process.pid]);
    await giveBack();
  });
});
