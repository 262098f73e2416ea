/** A workstation over a real SSH on loopback: what is sent there, what comes back, and what a cut connection changes. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { PlaceFinding } from '../../../../contract/place.ts';
import { noTensorFlow } from '../../../support/engines.ts';
import { type Host, PlacedRuns, placeJob, reaches, send, show, steps } from '../../../support/placedRuns.ts';
import { NO_SLURM, type SlurmCluster, startSlurm, until } from '../../../support/slurmCluster.ts';
import { DESK, NO_SSH, type SshServer, startSsh } from '../../../support/sshServer.ts';

const MAIN = inject('commandLine');
const folder = mkdtempSync(join(tmpdir(), 'quorum-ssh-places-'));
const runs = new PlacedRuns(folder);
/** An installation of the engine, for it fetches hundreds of megabytes. */
const SLOW = process.env['QUORUM_SLOW'] === '1';
/** The data folder of the other machine. */
const there = join(folder, "there, it's another");
const reason = NO_SSH ?? noTensorFlow;
let server: SshServer;

/** An installation on the other machine, as its shell starts it. */
function installation(name: string, variables = ''): string {
  mkdirSync(join(folder, name));
  const path = join(folder, name, 'quorum');
  writeFileSync(path, `#!/bin/sh\n${variables} exec '${process.execPath}' '${MAIN}' "$@"\n`, { mode: 0o755 });
  return path;
}

const request = (change: object = {}): object => runs.request({ place: 'desk', ...change });
const findings = async ({ studio }: Host, name: string): Promise<Record<string, PlaceFinding>> =>
  Object.fromEntries((await studio.context.places.check(name)).map((one) => [one.subject, one]));
/** A run with seed 2 on this machine, trained once. */
async function trainedHere(host: Host): Promise<string> {
  seedTwo ??= (await send(host, request({ seed: 2, place: 'here' })))[0];
  await reaches(host, seedTwo, 'finished');
  return seedTwo ?? '';
}
let seedTwo: string | undefined;
/** What the job wrote on its own machine. */
const journalThere = (id: string | undefined): string => join(there, 'runs', id ?? '', 'place', 'journal.jsonl');

describe.skipIf(reason !== null)(`a workstation over SSH${reason === null ? '' : ` (${reason})`}`, () => {
  beforeAll(async () => {
    server = await startSsh();
    const { config, wrong } = server;
    const program = installation('bin');
    const other = join(folder, 'other');
    const place = (name: string, configFile: string, change: object = {}): object => ({
      name,
      ssh: { host: DESK, configFile },
      dataDir: there,
      program,
      ...change,
    });
    await runs.prepare([
      place('desk', config),
      place('noProgram', config, { dataDir: other, program: join(folder, 'none', 'quorum') }),
      place('noEngine', config, {
        dataDir: other,
        program: installation('bare', `QUORUM_CACHE='${join(folder, 'empty')}'`),
      }),
      place('noRights', config, { dataDir: '/proc/quorum' }),
      place('wrongKey', wrong.key),
      place('unknownHost', wrong.hostKey),
      place('changedHost', wrong.changed),
      place('noServer', wrong.port),
    ]);
  });
  afterEach(() => runs.closeAll());
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a test says what is there; what is missing has a remedy, and a run that goes there all the same fails by it', async () => {
    const host = await runs.open();
    const found = await findings(host, 'desk');
    expect(Object.values(found).map(({ state, subject }) => [subject, state])).toEqual(
      ['connection', 'copying', 'scheduler', 'program', 'engine', 'disk'].map((subject) => [subject, 'good']),
    );
    expect(found['program']?.words).toMatch(/^quorum \d+\.\d+\.\d+/);
    expect(found['disk']?.words).toContain(`free in ${there}`);
    expect((await findings(host, 'noProgram'))['program']).toMatchObject({
      state: 'missing',
      words: expect.stringContaining('there is no program') as string,
      remedy: expect.stringContaining('Install Quorum there') as string,
    });
    expect((await findings(host, 'noEngine'))['engine']).toMatchObject({
      state: 'missing',
      remedy: expect.stringContaining('quorum places install-engine noEngine') as string,
    });
    const sent = await send(host, ...['noProgram', 'noEngine', 'noRights'].map((place) => request({ place })));
    const errors = await Promise.all(sent.map(async (id) => (await reaches(host, id, 'failed')).error));
    expect(errors.map((error) => error?.code)).toEqual(['place.refused', 'engine.notInstalled', 'place.refused']);
    expect(errors[0]?.message).toContain('did not find the program quorum there');
  });

  test('the engine is installed there when asked, once; a run then trains there', async (context) => {
    if (!SLOW) context.skip('fetches the engine: set QUORUM_SLOW=1');
    const host = await runs.open();
    const { places } = host.studio.context;
    expect(await places.installEngine('noEngine')).toBe('The engine (cpu) was installed on noEngine.');
    expect((await findings(host, 'noEngine'))['engine']).toMatchObject({ state: 'good' });
    expect(await places.installEngine('noEngine')).toBe('The engine (cpu) is installed on noEngine.');
    const [id] = await send(host, request({ place: 'noEngine', seed: 2 }));
    await reaches(host, id, 'finished');
    expect(runs.weightsOf(id)).toBe(runs.weightsOf(await trainedHere(host)));
  });

  test.each([
    ['wrongKey', 'place.keyRefused', 'refuses the SSH key', 'ssh-copy-id desk'],
    ['unknownHost', 'place.hostKey', 'is not known on this machine', 'Connect once in a terminal'],
    ['changedHost', 'place.hostKey', 'has changed since', 'ssh-keygen -R'],
    ['noServer', 'place.unreachable', 'Connection refused', 'Check the network'],
  ])('%s is %s', async (place, code, message, remedy) => {
    const host = await runs.open();
    await expect(host.studio.context.places.check(place)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
      remedy: expect.stringContaining(remedy) as string,
    });
    if (code === 'place.unreachable') return;
    const [id] = await send(host, request({ place }));
    expect((await reaches(host, id, 'failed')).error?.code).toBe(code);
  });

  test('images are sent once, the second job waits for the first, and all ends with the bytes of a run trained here', async () => {
    const host = await runs.open();
    const ids = await send(host, request({ seed: 1 }), request({ seed: 2 }));
    const here = await trainedHere(host);
    for (const id of ids)
      expect(await reaches(host, id, 'finished')).toMatchObject({ step: 8, device: { kind: 'cpu' } });
    expect(runs.weightsOf(ids[1])).toBe(runs.weightsOf(here));
    expect(runs.weightsOf(ids[0])).not.toBe(runs.weightsOf(here));
    const points = async (id: string): Promise<number> => (await host.studio.runs.metrics(id)).length;
    expect(await points(ids[1]!)).toBe(await points(here));
    const told = host.logs.filter((text) => text.includes('images'));
    expect(told).toEqual([expect.stringMatching(/^Sent .* of images to desk/), 'The images are on desk already.']);
    expect(host.logs).toContainEqual(expect.stringMatching(/^job \d+ on desk is waiting \(its lanes are busy\)/));
    expect(existsSync(join(runs.dataDir, 'runs', ids[0]!, 'place'))).toBe(false);
    expect(readFileSync(join(runs.dataDir, 'runs', ids[0]!, 'worker.log'), 'utf8')).toContain('Sent ');
  });

  test('a run goes on without connection and without host, is followed again, stops with a save, and ends with the same bytes', async () => {
    const first = await runs.open();
    const long = { epochs: 150, seed: 5 };
    const [id] = await send(first, request(long));
    await until(async () => (await steps(first, id)) > 0);
    expect(placeJob(first, id)).toMatch(/^\d+$/);
    await server.stop();
    await until(() => first.logs.some((text) => text.includes('cannot be reached')));
    const [before, size] = [await steps(first, id), statSync(journalThere(id)).size];
    await until(() => statSync(journalThere(id)).size > size);
    await first.close();

    await server.start();
    const second = await runs.open();
    const [whole] = await send(second, request({ ...long, place: 'here' }));
    expect((await show(second, id)).state).toBe('training');
    await until(async () => (await steps(second, id)) > before);
    await second.studio.runs.stop(id!);
    const stopped = await reaches(second, id, 'stopped');
    expect((await second.studio.runs.show(id!)).checkpoints.at(-1)).toMatchObject({ step: stopped.step });
    expect(stopped.step).toBeLessThan(600);
    await second.queue.add([id!]);
    await until(() => second.logs.some((text) => text.includes(`continues from checkpoint`)));
    expect(await reaches(second, id, 'finished')).toMatchObject({ step: 600 });
    expect(await reaches(second, whole, 'finished')).toMatchObject({ step: 600 });
    expect(runs.weightsOf(id)).toBe(runs.weightsOf(whole));
    expect(second.logs.filter((text) => text.startsWith('Sent '))).toEqual([]);
  });

  describe.skipIf(NO_SLURM !== null)(`Slurm on the other machine${NO_SLURM === null ? '' : ` (${NO_SLURM})`}`, () => {
    let cluster: SlurmCluster;
    let login: SshServer;
    beforeAll(async () => {
      cluster = await startSlurm();
      login = await startSsh({ SLURM_CONF: process.env['SLURM_CONF'] ?? '' });
      // this machine has no Slurm
      delete process.env['SLURM_CONF'];
    });
    afterAll(async () => {
      await login.close();
      await cluster.close();
    });

    test('two runs go as one array job to a login node, and end with the bytes of one trained here', async () => {
      const host = await runs.open();
      const { places } = host.studio.context;
      const { place } = await places.lane('desk');
      const ssh = { host: DESK, configFile: login.config, sharesFiles: false };
      const slurm = { cpus: 1, saveSeconds: 1 };
      await places.save([...(await places.list()), { ...place, name: 'cluster', ssh, slurm }]);
      expect((await findings(host, 'cluster'))['scheduler']).toMatchObject({
        words: expect.stringMatching(/^slurm-wlm .*, 1 node$/) as string,
      });
      const sent = await send(host, ...[1, 2].map((seed) => request({ seed, place: 'cluster' })));
      await until(() => sent.every((id) => placeJob(host, id) !== null));
      expect(sent.map((id) => placeJob(host, id)?.replace(/^\d+/, 'N'))).toEqual(['N_0', 'N_1']);
      for (const id of sent) expect(await reaches(host, id, 'finished')).toMatchObject({ step: 8 });
      expect(runs.weightsOf(sent[1])).toBe(runs.weightsOf(await trainedHere(host)));
    });
  });
});
