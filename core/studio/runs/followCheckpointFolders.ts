/** The database's list of checkpoints is brought in line with the folders that hold them: what is gone is not offered, what is there is. */
import { existsSync } from 'node:fs';
import { checkpointFolders } from '../records/checkpointFolders.ts';
import type { StudioContext } from '../context.ts';

/** Looks at every run that nobody trains; returns what was not as the database had it, in words. */
export async function followCheckpointFolders({ runs, checkpoints, leases, paths }: StudioContext): Promise<string[]> {
  const held = await leases.heldRuns();
  const notices: string[] = [];
  for (const { id, name } of await runs.names()) {
    if (held.has(id)) continue;
    const known = await checkpoints.list(id);
    if (!existsSync(paths.runDir(id))) {
      if (known.length === 0) continue;
      await checkpoints.forget(
        id,
        known.map(({ seq }) => seq),
      );
      notices.push(
        `The folder of run ${id} ("${name}") is gone, and with it ${known.length} checkpoints; its curves are still here.`,
      );
      continue;
    }
    const { whole } = checkpointFolders(paths.checkpointsDir(id));
    const there = new Set(whole.map(({ manifest }) => manifest.seq));
    const gone = known.filter(({ seq, path }) => !there.has(seq) && !existsSync(path));
    if (gone.length === 0) continue;
    await checkpoints.forget(
      id,
      gone.map(({ seq }) => seq),
    );
    notices.push(
      `Run ${id} ("${name}"): ${gone.length === 1 ? `checkpoint ${gone[0]?.seq} is` : `checkpoints ${gone.map(({ seq }) => seq).join(', ')} are`} no longer in its folder.`,
    );
  }
  return notices;
}
