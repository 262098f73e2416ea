/** Opens a database and adds one run. Run as several processes at once. */
import { createRunRepository } from '../../../core/db/runs/runRepository.ts';
import { openDatabase } from '../../../core/db/open.ts';
import { RunSpec } from '../../../contract/runSpec.ts';

const [, , path = '', runId = '', spec = ''] = process.argv;
const database = await openDatabase(path);
await createRunRepository(database.db).create({ id: runId, spec: RunSpec.parse(JSON.parse(spec)) });
await database.close();
