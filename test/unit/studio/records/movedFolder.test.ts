import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createCheckpointRepository } from '../../../../core/db/checkpointRepository.ts';
import { openDatabase } from '../../../../core/db/open.ts';
import { createEvaluationRepository } from '../../../../core/db/evaluationRepository.ts';
import { openRecords } from '../../../../core/studio/records/openRecords.ts';
import { studioPaths } from '../../../../core/studio/records/paths.ts';
import { exampleEvaluation, exampleSpec } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

const CHECKPOINT = { seq: 3, step: 40, epoch: 1, trigger: 'epoch', sizeBytes: 9, metrics: {}, isBest: true } as const;
const EVALUATION = {
  ...exampleEvaluation(),
  id: 'v-1',
  runId: 'r-1',
  checkpointSeq: 3,
  images: { kind: 'folder', path: '/pictures' },
} as const;
/** Earlier versions gave what runs said as they were trained ids and a folder of its own. */
const EARLIER = { ...EVALUATION, id: 'p-1' } as const;

/** Where the database of `dataDir` says that the checkpoint and the evaluations lie. */
async function places(dataDir: string): Promise<string[]> {
  const { records, close } = await openRecords(studioPaths(dataDir), { rebuild: false });
  const found = [
    ...(await records.checkpoints.list('r-1')),
    await records.checkpoints.find('r-1', 'best'),
    ...(await records.evaluations.list({ runId: 'r-1' })),
    await records.evaluations.find('p-1'),
  ];
  await close();
  return found.map((row) => row?.path ?? 'nothing');
}

const expected = (dataDir: string): string[] => {
  const checkpoint = join(dataDir, 'runs', 'r-1', 'checkpoints', 'ckpt-000003');
  const earlier = join(dataDir, 'predictions', 'p-1');
  return [checkpoint, checkpoint, join(dataDir, 'evaluations', 'v-1'), earlier, earlier];
};

test('checkpoints and evaluations lie in the data folder as it is, moved or copied, and the database says so without it', async () => {
  const home = temporaryFolder();
  const original = join(home, 'data');
  const paths = studioPaths(original);
  const { records, close } = await openRecords(paths, { rebuild: false });
  await records.runs.create({ id: 'r-1', spec: exampleSpec() });
  await records.checkpoints.record('r-1', { ...CHECKPOINT, path: join(original, 'anywhere') }, []);
  for (const one of [EVALUATION, EARLIER]) await records.evaluations.add({ ...one, path: paths.evaluationDir(one.id) });
  await close();
  const { db, close: closeDatabase } = await openDatabase(paths.database);
  expect((await createCheckpointRepository(db).list('r-1'))[0]?.path).toBe('runs/r-1/checkpoints/ckpt-000003');
  expect((await createEvaluationRepository(db).find('v-1'))?.path).toBe('evaluations/v-1');
  await closeDatabase();
  expect(await places(original)).toEqual(expected(original));
  const copied = join(home, 'copied');
  cpSync(original, copied, { recursive: true });
  expect(await places(copied)).toEqual(expected(copied));
  const moved = join(home, 'moved');
  renameSync(original, moved);
  expect(await places(moved)).toEqual(expected(moved));
});

test('absolute paths of earlier versions are found where the folder is now', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const paths = studioPaths(dataDir);
  const { records, close } = await openRecords(paths, { rebuild: false });
  await records.runs.create({ id: 'r-1', spec: exampleSpec() });
  await close();
  const { db, close: closeDatabase } = await openDatabase(paths.database);
  await createCheckpointRepository(db).record(
    'r-1',
    { ...CHECKPOINT, path: '/old/runs/r-1/checkpoints/ckpt-000003' },
    [],
  );
  for (const one of [EVALUATION, EARLIER])
    await createEvaluationRepository(db).add({ ...one, path: `/old/anywhere/${one.id}` });
  await closeDatabase();
  expect(await places(dataDir)).toEqual(expected(dataDir));
});
