/** Jobs of a machine without a scheduler, over a real SSH: lanes, order, ends, and what is asked twice. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobSight } from '../../../../core/studio/places/scheduler.ts';
import { Rsync } from '../../../../core/studio/places/rsync.ts';
import { SshHost } from '../../../../core/studio/places/sshHost.ts';
import { Workstation } from '../../../../core/studio/places/workstation.ts';
import { DESK, NO_SSH, type SshServer, startSsh } from '../../../support/sshServer.ts';
import { until } from '../../../support/slurmCluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-workstation-'));
let server: SshServer;
let host: SshHost;

/** Says that it began, waits until its folder has a file `go`, and ends with the code in there. */
const PROGRAM = `#!/bin/sh
echo "$QUORUM_JOB_TOKEN $QUORUM_PLACE_JOB" >>"$2/began"
while [ ! -e "$2/go" ]; do sleep 0.1; done
exit "$(cat "$2/go")"
`;

function workstation(jobs: string, lanes = 1): Workstation {
  const place = { name: DESK, modules: [], lanes };
  return new Workstation({ place, host, program: [join(folder, 'program')], jobsDir: join(folder, jobs) });
}

function runDir(name: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'place'), { recursive: true });
  return path;
}

const began = (run: string): string[] =>
  existsSync(join(run, 'began')) ? readFileSync(join(run, 'began'), 'utf8').split('\n').filter(Boolean) : [];
const release = (run: string, code = 0): void => writeFileSync(join(run, 'go'), String(code));
async function sight(place: Workstation, id: string): Promise<JobSight | undefined> {
  return (await place.look([id])).get(id);
}

describe.skipIf(NO_SSH !== null)(`a workstation over SSH${NO_SSH === null ? '' : ` (${NO_SSH})`}`, () => {
  beforeAll(async () => {
    writeFileSync(join(folder, 'program'), PROGRAM);
    chmodSync(join(folder, 'program'), 0o755);
    server = await startSsh();
    host = new SshHost(DESK, { host: DESK, configFile: server.config, sharesFiles: false });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('one lane takes one job; the next waits, and comes by itself', async () => {
    const place = workstation('order');
    const runs = ['one', 'two'].map(runDir);
    const ids = await place.submit({ token: 't1', runDirs: runs });
    expect(ids).toEqual(['1', '2']);
    await until(() => began(runs[0]!).length === 1);
    expect(await sight(place, '1')).toMatchObject({ phase: 'running' });
    expect(await sight(place, '2')).toMatchObject({ phase: 'waiting', position: 1, reason: 'its lanes are busy' });
    expect(began(runs[1]!)).toEqual([]);
    release(runs[0]!, 3);
    await until(() => began(runs[1]!).length === 1);
    expect(began(runs[1]!)).toEqual(['t1 2']);
    expect(await sight(place, '1')).toMatchObject({ phase: 'gone', exit: { code: 3, signal: 0 } });
    release(runs[1]!);
    await until(async () => (await sight(place, '2'))?.phase === 'gone');
  });

  test('what is submitted twice starts once, and is found by its token', async () => {
    const place = workstation('twice', 4);
    const submission = { token: 't2', runDirs: [runDir('a'), runDir('b')] };
    expect(await place.find('t2', 2)).toBe(null);
    const answers = await Promise.all(Array.from({ length: 3 }, () => place.submit(submission)));
    const ids = answers[0] ?? [];
    expect(answers).toEqual([ids, ids, ids]);
    expect(await place.find('t2', 2)).toEqual(ids);
    expect(await place.find('t', 2)).toBe(null);
    await until(() => submission.runDirs.every((run) => began(run).length > 0));
    expect(submission.runDirs.map((run) => began(run).length)).toEqual([1, 1]);
    for (const run of submission.runDirs) release(run);
    await until(async () => (await sight(place, ids[1] ?? ''))?.phase === 'gone');
  });

  test('names of folders with quotes, blanks and commands in them stay names', async () => {
    const place = workstation("it's $(touch pwned) `touch pwned` #");
    const run = runDir('run \'; touch pwned; $(touch pwned) "#');
    const [id] = await place.submit({ token: 't3', runDirs: [run] });
    await until(() => began(run).length === 1);
    release(run, 7);
    await until(async () => (await sight(place, id!))?.phase === 'gone');
    expect(await sight(place, id!)).toMatchObject({ exit: { code: 7 } });
    expect(spawnSync('find', [folder, '-name', 'pwned'], { encoding: 'utf8' }).stdout).toBe('');
  });

  test('a job that waits is taken out of the line, one that runs is told to end; a kill and a restart are told apart', async () => {
    const place = workstation('ends');
    const runs = ['first', 'second', 'third'].map(runDir);
    const [first, second, third] = await place.submit({ token: 't4', runDirs: runs });
    await until(() => began(runs[0]!).length === 1);
    await place.cancel(second!);
    await until(async () => (await sight(place, second!))?.phase === 'gone');
    expect(await sight(place, second!)).toMatchObject({ state: 'CANCELLED' });
    await place.cancel(first!);
    await until(() => began(runs[2]!).length === 1);
    expect(await sight(place, first!)).toMatchObject({ phase: 'gone', state: 'CANCELLED' });
    const pid = readFileSync(join(folder, 'ends', third!, 'pid'), 'utf8').trim();
    spawnSync('kill', ['-KILL', '--', `-${pid}`]);
    await until(async () => (await sight(place, third!))?.phase === 'gone');
    expect(await sight(place, third!)).toMatchObject({ state: 'KILLED' });
    writeFileSync(join(folder, 'ends', third!, 'boot'), 'another\n');
    expect(await sight(place, third!)).toMatchObject({ state: 'REBOOTED' });
    expect(began(runs[1]!)).toEqual([]);
    expect(await sight(place, '99')).toMatchObject({ phase: 'gone', state: null });
  });

  test('what the other machine lacks is named', async () => {
    const bare = join(folder, 'bare');
    mkdirSync(bare);
    symlinkSync('/bin/bash', join(bare, 'bash'));
    const poor = await startSsh({ PATH: bare });
    const ssh = { host: DESK, configFile: poor.config, sharesFiles: false };
    const rsync = new Rsync(new SshHost(DESK, ssh));
    for (const ask of [() => rsync.probe(), () => rsync.fetch('/tmp', folder), () => rsync.send(folder, folder)])
      await expect(ask()).rejects.toMatchObject({
        code: 'place.programMissing',
        message: 'There is no program rsync on "desk" (desk).',
      });
    await poor.close();
  });

  test('what the start files of the shell print is no answer; a run without its folder says so', async () => {
    expect(await host.script('echo one; echo two >&2; exit 5')).toEqual({ code: 5, stdout: 'one\n', stderr: 'two\n' });
    expect(await host.shell(['cat'], "a 'b' $c\n")).toMatchObject({ code: 0, stdout: "a 'b' $c\n" });
    const place = workstation('folders');
    const [id] = await place.submit({ token: 't5', runDirs: [join(folder, 'nowhere')] });
    await until(async () => (await sight(place, id!))?.phase === 'gone');
    expect(await sight(place, id!)).toMatchObject({ exit: { code: 66 } });
  });
});
