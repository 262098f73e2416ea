/**
 * The journal of a run in its own folder: every change of its record, in order, one JSON line each, written before the
 * database has it, and on the disk for good but for the points within an epoch, which the next sync takes along. Read
 * again through the same calls it makes the same record, so that the database can be lost.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ErrorReport } from '../../../contract/errors.ts';
import type { MetricPoint } from '../../../contract/metrics.ts';
import { DeviceReport, RunState } from '../../../contract/run.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { syncFolderSync } from '../../files/durableFile.ts';
import type { RunRepository } from '../../db/runs/runRepository.ts';
import type { RunRowRepository } from '../../db/runs/runRowRepository.ts';
import type { StudioPaths } from './paths.ts';

export const JOURNAL_FILE = 'journal.jsonl';

const Change = z
  .object({
    state: RunState,
    reason: z.string().nullable(),
    device: DeviceReport,
    versions: z.record(z.string(), z.string()),
    error: ErrorReport.nullable(),
    step: z.int(),
    totalSteps: z.int(),
    epoch: z.number(),
    startedAt: z.string(),
    endedAt: z.string().nullable(),
    addDurationMs: z.number(),
  })
  .partial();

/** As `[name, step, epoch, value]`, with the kind where the value is no finite number. */
const Point = z.union([
  z.tuple([z.string(), z.int(), z.number(), z.number()]),
  z.tuple([z.string(), z.int(), z.number(), z.null(), z.enum(['nan', 'inf', '-inf'])]),
]);

const JournalEntry = z.discriminatedUnion('call', [
  z.object({ call: z.literal('create'), createdAt: z.string(), tags: z.array(z.string()), note: z.string() }),
  z.object({ call: z.literal('update'), change: Change }),
  z.object({
    call: z.literal('points'),
    points: z.array(Point),
    progress: z.object({ step: z.int(), epoch: z.number(), bestEpoch: z.int().optional(), state: RunState.optional() }),
  }),
  z.object({ call: z.literal('attempt'), step: z.int() }),
  z.object({
    call: z.literal('continue'),
    point: z.object({
      seq: z.int(),
      step: z.int(),
      epoch: z.number(),
      bestSeq: z.int().nullable(),
      bestEpoch: z.int().nullable(),
    }),
  }),
  z.object({
    call: z.literal('annotate'),
    change: z
      .object({ name: z.string(), note: z.string(), tags: z.array(z.string()), group: z.string() })
      .partial()
      // Older journals say `groupId`.
      .extend({ groupId: z.string().optional() })
      .transform(({ groupId, ...change }) => (groupId === undefined ? change : { group: groupId, ...change })),
  }),
  z.object({ call: z.literal('trash'), at: z.string().nullable() }),
]);
type JournalEntry = z.infer<typeof JournalEntry>;

export interface RunRecords {
  readonly runs: RunRepository;
  readonly runRows: RunRowRepository;
}

/** The same repositories, with every change noted in the run's folder first. A run without a folder has no diary. */
export function withJournal({ runs, runRows }: RunRecords, paths: StudioPaths): RunRecords {
  const whole = new Set<string>();
  const note = (id: string, entry: JournalEntry): void => {
    const folder = paths.runDir(id);
    const file = join(folder, JOURNAL_FILE);
    if (!existsSync(folder)) return;
    // A line that a crash or a full disk cut short must not swallow the next one.
    const start = whole.has(id) || endsWithLine(file) ? '' : '\n';
    whole.delete(id);
    const created = !existsSync(file);
    append(
      file,
      `${start}${JSON.stringify(entry)}\n`,
      entry.call !== 'points' || Number.isInteger(entry.progress.epoch),
    );
    whole.add(id);
    if (created) syncFolderSync(folder);
  };
  return {
    runs: {
      ...runs,
      async create({ id, spec, tags = [], note: text = '', createdAt = new Date().toISOString() }) {
        note(id, { call: 'create', createdAt, tags: [...tags], note: text });
        await runs.create({ id, spec, tags, note: text, createdAt });
      },
      async update(id, change) {
        note(id, { call: 'update', change });
        await runs.update(id, change);
      },
      async recordPoints(id, points, progress) {
        note(id, { call: 'points', points: points.map(packed), progress });
        await runs.recordPoints(id, points, progress);
      },
      async beginAttempt(id, step) {
        note(id, { call: 'attempt', step });
        await runs.beginAttempt(id, step);
      },
      async continueFrom(id, { seq, step, epoch, bestSeq, bestEpoch }) {
        const point = { seq, step, epoch, bestSeq, bestEpoch };
        note(id, { call: 'continue', point });
        return runs.continueFrom(id, point);
      },
    },
    runRows: {
      ...runRows,
      async annotate(id, change) {
        note(id, {
          call: 'annotate',
          change: { ...change, ...(change.tags && { tags: [...change.tags] }) } as Extract<
            JournalEntry,
            { call: 'annotate' }
          >['change'],
        });
        await runRows.annotate(id, change);
      },
      async setTrashed(id, at) {
        note(id, { call: 'trash', at });
        await runRows.setTrashed(id, at);
      },
    },
  };
}

export interface Replay {
  /** Of the metric points now recorded, the highest; null when there are none. */ readonly lastStep: number | null;
  readonly points: number;
  /** Lines that could not be read. */ readonly unreadable: number;
}

/** Makes the record of run `id` from its spec and its diary, if it has one. */
export async function replayJournal(
  folder: string,
  id: string,
  spec: RunSpec,
  createdAt: string,
  { runs, runRows }: RunRecords,
): Promise<Replay> {
  const file = join(folder, JOURNAL_FILE);
  let created = false;
  let lastStep: number | null = null;
  let points = 0;
  let unreadable = 0;
  let gathered: MetricPoint[] = [];
  const create = async (first?: { createdAt: string; tags: readonly string[]; note: string }): Promise<void> => {
    if (!created) await runs.create({ id, spec, createdAt, ...first });
    created = true;
  };
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const [at, line] of lines.entries()) {
    if (line === '') continue;
    const entry = parsed(line);
    if (!entry) {
      unreadable++;
      continue;
    }
    await create(entry.call === 'create' ? entry : undefined);
    switch (entry.call) {
      case 'create':
        break;
      case 'update':
        await runs.update(id, Object.fromEntries(Object.entries(entry.change)));
        break;
      case 'points': {
        const { bestEpoch, state, ...progress } = entry.progress;
        gathered.push(...entry.points.map(unpacked));
        points += entry.points.length;
        for (const [, step] of entry.points) lastStep = Math.max(lastStep ?? 0, step);
        // Many small writes of one epoch are one here.
        if (bestEpoch === undefined && nextIsPoints(lines[at + 1])) break;
        await runs.recordPoints(id, gathered, {
          ...progress,
          ...(bestEpoch !== undefined && { bestEpoch }),
          ...(state && { state }),
        });
        gathered = [];
        break;
      }
      case 'attempt':
        await runs.beginAttempt(id, entry.step);
        lastStep = Math.min(lastStep ?? 0, entry.step);
        break;
      case 'continue':
        await runs.continueFrom(id, entry.point);
        lastStep = Math.min(lastStep ?? 0, entry.point.step);
        break;
      case 'annotate':
        await runRows.annotate(id, Object.fromEntries(Object.entries(entry.change)));
        break;
      case 'trash':
        await runRows.setTrashed(id, entry.at);
        break;
    }
  }
  await create();
  return { lastStep: points > 0 ? lastStep : null, points, unreadable };
}

/** The state of the run in `folder` that its diary names last; null where it has none, or names none. */
export function lastNotedState(folder: string): RunState | null {
  const file = join(folder, JOURNAL_FILE);
  if (!existsSync(file)) return null;
  for (const line of readFileSync(file, 'utf8').split('\n').toReversed()) {
    const entry = line.startsWith('{"call":"update"') ? parsed(line) : null;
    if (entry?.call === 'update' && entry.change.state !== undefined) return entry.change.state;
  }
  return null;
}

function append(path: string, text: string, lasting: boolean): void {
  const file = openSync(path, 'a');
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    if (lasting) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function nextIsPoints(line: string | undefined): boolean {
  return line !== undefined && line.startsWith('{"call":"points"') && parsed(line) !== null;
}

function parsed(line: string): JournalEntry | null {
  try {
    const entry = JournalEntry.safeParse(JSON.parse(line));
    return entry.success ? entry.data : null;
  } catch {
    return null;
  }
}

function packed({ name, step, epoch, value, kind }: MetricPoint): z.infer<typeof Point> {
  return value === null ? [name, step, epoch, null, kind === 'finite' ? 'nan' : kind] : [name, step, epoch, value];
}

function unpacked([name, step, epoch, value, kind]: z.infer<typeof Point>): MetricPoint {
  return { name, step, epoch, value, kind: kind ?? 'finite' };
}

/** Whether the file is empty, missing, or ends with a whole line. */
function endsWithLine(path: string): boolean {
  if (!existsSync(path)) return true;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === 0x0a);
  } finally {
    closeSync(file);
  }
}
