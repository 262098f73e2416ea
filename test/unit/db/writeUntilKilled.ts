/**
 * Writes metric batches for ever; prints a batch's number once it is stored. Run as a process of its own and killed.
 */
import { metricPoint } from '../../../contract/metrics.ts';
import { createMetricRepository } from '../../../core/db/metricRepository.ts';
import { openDatabase } from '../../../core/db/open.ts';

const [, , path = '', runId = ''] = process.argv;
const { db } = await openDatabase(path);
const metrics = createMetricRepository(db);
for (let batch = 0; ; batch++) {
  await metrics.append(
    runId,
    Array.from({ length: 50 }, (_, i) => metricPoint('train/loss', batch * 50 + i, batch, i)),
  );
  process.stdout.write(`${batch}\n`);
}
