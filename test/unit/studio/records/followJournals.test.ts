/** A database that is deleted while a host has it open: what the host says afterwards stands in the diaries alone. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { metricPoint } from '../../../../contract/metrics.ts';
import { openRecords } from '../../../../core/studio/records/openRecords.ts';
import { studioPaths } from '../../../../core/studio/records/paths.ts';
import { exampleSpec } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

test('a run that another program took for interrupted ends as its host noted, with all points and its true time', async () => {
  const paths = studioPaths(join(temporaryFolder(), 'data'));
  const host = await openRecords(paths, { rebuild: false });
  mkdirSync(paths.runDir('r-1'));
  writeFileSync(join(paths.runDir('r-1'), 'spec.json'), JSON.stringify(exampleSpec()));
  const { runs } = host.records;
  await runs.create({ id: 'r-1', spec: exampleSpec() });
  await runs.beginAttempt('r-1', 0);
  await runs.update('r-1', { state: 'training', startedAt: '2026-01-01T00:00:00.000Z' });
  await runs.recordPoints('r-1', [metricPoint('val/top1', 4, 1, 0.5)], { step: 4, epoch: 1, state: 'training' });

  for (const suffix of ['', '-wal', '-shm']) rmSync(paths.database + suffix, { force: true });
  const command = await openRecords(paths, { rebuild: false });
  expect(command.rebuilt).toMatchObject({ runs: 1 });
  expect(await command.records.runs.find('r-1')).toMatchObject({ state: 'interrupted', step: 4 });
  await command.close();

  await runs.recordPoints('r-1', [metricPoint('val/top1', 8, 2, 0.75)], { step: 8, epoch: 2, state: 'training' });
  const endedAt = '2026-01-01T00:01:00.000Z';
  await runs.update('r-1', { state: 'finished', reason: 'Both epochs done.', endedAt, addDurationMs: 60_000 });
  await host.close();

  const again = await openRecords(paths, { rebuild: false });
  expect(again.rebuilt).toBeNull();
  expect(await again.records.runs.find('r-1')).toMatchObject({ state: 'finished', step: 8, endedAt });
  expect(await again.records.metrics.list('r-1')).toMatchObject([{ step: 4 }, { step: 8 }]);
  await again.close();
  // once is enough
  const last = await openRecords(paths, { rebuild: false });
  const [row] = (await last.records.runRows.list({ trashed: false })).runs;
  expect(row).toMatchObject({ id: 'r-1', state: 'finished', durationMs: 60_000 });
  await last.close();
});
