/**
 * What processes leave behind that are killed on the way: swept once a day, and never anything that somebody still
 * writes or needs.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { abandonedTemporaryFolders } from '../../files/temporaryFolder.ts';
import type { StudioContext } from '../context.ts';

const DAY_MS = 86_400_000;
const SETTINGS_KEY = 'litter';
const Swept = z.object({ sweptAt: z.number().default(0) });

export interface Litter {
  readonly path: string;
  readonly bytes: number;
}

type Needed = Pick<StudioContext, 'paths' | 'leases' | 'settings'>;

/** Leftovers of every age; what lies in the folders of runs that train is not among them. */
export async function findLitter(context: Pick<Needed, 'paths' | 'leases'>, olderThanMs = 0): Promise<Litter[]> {
  const { paths } = context;
  const held = await context.leases.heldRuns();
  const before = Date.now() - olderThanMs;
  const named = (folder: string, pattern: RegExp): string[] =>
    namesIn(folder).flatMap((name) => (pattern.test(name) ? [join(folder, name)] : []));
  const found = [
    // cut saves, prunings that were not finished, and damaged checkpoints that made way
    ...namesIn(paths.runs).flatMap((id) =>
      held.has(id) ? [] : named(paths.checkpointsDir(id), /^\.(tmp|trash|bad)-/),
    ),
    ...named(paths.datasets, /^\.importing-/),
    ...namesIn(join(paths.dataDir, 'decoding')).flatMap((id) => (held.has(id) ? [] : [paths.decodeDiary(id)])),
    ...named(paths.exports, /./),
    ...named(paths.arriving, /./),
    ...[paths.dataDir, paths.settings, paths.ensembles, paths.timings, paths.protocols, paths.webHost].flatMap(
      (folder) => named(folder, /\.partial$|\.writing$/),
    ),
    ...named(paths.dataDir, /^quorum\.sqlite\.rebuilding-/),
    ...abandonedTemporaryFolders(),
  ];
  return found.flatMap((path) => {
    const facts = look(path);
    return facts && facts.changedAt <= before ? [{ path, bytes: facts.bytes }] : [];
  });
}

/** Removes what is older than a day, once a day; a disk that refuses keeps nothing from opening. */
export async function sweepDaily(context: Needed): Promise<void> {
  const { sweptAt } = await context.settings.read(SETTINGS_KEY, Swept);
  const age = Date.now() - sweptAt;
  // a clock that was set back is no reason not to look
  if (age >= 0 && age < DAY_MS) return;
  try {
    for (const { path } of await findLitter(context, DAY_MS)) rmSync(path, { recursive: true, force: true });
    await context.settings.write(SETTINGS_KEY, { sweptAt: Date.now() });
  } catch {
    // it will be looked for again the next time
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Size, and when anything in it last changed; null where it is gone meanwhile. */
function look(path: string): { bytes: number; changedAt: number } | null {
  try {
    const own = statSync(path);
    if (!own.isDirectory()) return { bytes: own.size, changedAt: own.mtimeMs };
    const inner = namesIn(path).flatMap((name) => look(join(path, name)) ?? []);
    return {
      bytes: inner.reduce((sum, { bytes }) => sum + bytes, 0),
      changedAt: Math.max(own.mtimeMs, ...inner.map(({ changedAt }) => changedAt)),
    };
  } catch {
    return null;
  }
}
