import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createDatasetRepository } from '../../../core/db/datasetRepository.ts';
import { createEnsembleRepository } from '../../../core/db/ensembleRepository.ts';
import { createLeaseRepository } from '../../../core/db/leaseRepository.ts';
import { createRunRepository } from '../../../core/db/runs/runRepository.ts';
import { exampleCard, exampleSpec } from './examples.ts';
import { temporaryDatabase } from './fixtures.ts';

test('data sets are found by id, root and name, upper and lower case alike', async () => {
  const { db } = await temporaryDatabase();
  const datasets = createDatasetRepository(db);
  const card = exampleCard();
  await datasets.save(card);
  expect(await datasets.find(card.id)).toEqual(card);
  expect(await datasets.findByRoot(card.root)).toEqual(card);
  expect(await datasets.nameTaken('SHAPES')).toBe(true);
  await expect(datasets.save(exampleCard({ id: 'd-other', name: 'shapes' }))).rejects.toThrow(/UNIQUE/);
  await datasets.remove(card.id);
  expect((await datasets.list()).datasets).toEqual([]);
});

test('an ensemble keeps its members in order, and a member cannot be removed under it', async () => {
  const { db } = await temporaryDatabase();
  const runs = createRunRepository(db);
  for (const id of ['r-b', 'r-a', 'r-c']) await runs.create({ id, spec: exampleSpec() });
  const ensembles = createEnsembleRepository(db);
  const ensemble = {
    id: 'e-1',
    name: 'All',
    rule: { kind: 'majority', fallbackMember: 1 } as const,
    members: ['r-b', 'r-a', 'r-c'],
    createdAt: '2026-01-01T00:00:00Z',
  };
  await ensembles.add(ensemble);
  expect(await ensembles.list()).toEqual([ensemble]);
  expect(await ensembles.namesWith('r-a')).toEqual(['All']);
  await expect(runs.forget('r-a')).rejects.toThrow(/FOREIGN KEY/);
  await ensembles.remove('e-1');
  await runs.forget('r-a');
  expect((await runs.names()).map((run) => run.id)).not.toContain('r-a');
});

test("a run has one holder at a time; a dead process's lease is taken over", async () => {
  const { db } = await temporaryDatabase();
  await createRunRepository(db).create({ id: 'r-1', spec: exampleSpec() });
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const other = createLeaseRepository(db, child.pid);
  const own = createLeaseRepository(db);
  expect(await other.acquire('r-1', 'other')).toBeNull();
  expect(await own.acquire('r-1', 'own')).toMatchObject({ pid: child.pid });
  expect(await own.heldRuns()).toEqual(new Set(['r-1']));
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await own.heldRuns()).toEqual(new Set());
  expect(await own.acquire('r-1', 'own')).toBeNull();
  await own.release('r-1', 'someone else');
  expect(await own.heldRuns()).toEqual(new Set(['r-1']));
  await own.release('r-1', 'own');
  expect(await own.heldRuns()).toEqual(new Set());
});

test('a reused process id does not keep a lease alive', async () => {
  const { db } = await temporaryDatabase();
  await createRunRepository(db).create({ id: 'r-1', spec: exampleSpec() });
  const leases = createLeaseRepository(db);
  await leases.acquire('r-1', 'first');
  await db.updateTable('leases').set({ process_start: '1' }).execute();
  expect(await leases.acquire('r-1', 'second')).toBeNull();
});

test('of many that want a run at once exactly one gets it', async () => {
  const { db } = await temporaryDatabase();
  await createRunRepository(db).create({ id: 'r-1', spec: exampleSpec() });
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => createLeaseRepository(db).acquire('r-1', `owner ${i}`)),
  );
  expect(answers.filter((answer) => answer === null)).toHaveLength(1);
});
