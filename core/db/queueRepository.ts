/**
 * The queue of runs: places in it, and taking the next one so that no two hosts take the same or fill the same device.
 */
import { z } from 'zod';
import type { RunState } from '../../contract/run.ts';
import { DeviceChoice } from '../../contract/deviceChoice.ts';
import { PlaceName, placeOf } from '../../contract/place.ts';
import type { LeaseHolder, LeaseRepository } from './leaseRepository.ts';
import type { QuorumDatabase } from './schema.ts';

export interface QueuedRun {
  readonly id: string;
  readonly device: DeviceChoice;
  /** Where it trains, if not on this machine. */
  readonly place: string | null;
}

export interface QueueRepository {
  /** Waiting runs in the order in which they start. */
  waiting(): Promise<QueuedRun[]>;
  /**
   * Puts runs behind those that wait, or before all of them; runs that wait already keep their place. State becomes
   * `queued`.
   */
  add(ids: readonly string[], where: 'front' | 'back'): Promise<void>;
  /** Before `before`, or to the end; nothing happens when `id` does not wait. */
  move(id: string, before: string | null): Promise<void>;
  /** Takes a run out; its state becomes `state`. False when it did not wait. */
  take(id: string, state: RunState): Promise<boolean>;
  /**
   * Takes the run out of the queue and the lease with it; else who holds the run, or null when it does not wait any
   * more.
   */
  claim(id: string, owner: string, leases: LeaseRepository): Promise<'claimed' | LeaseHolder | null>;
}

export function createQueueRepository(db: QuorumDatabase): QueueRepository {
  return {
    async waiting() {
      return (await waitingRows(db)).map((row) => ({ id: row.id, ...whereOf(row.spec_json) }));
    },
    add: (ids, where) => addRuns(db, ids, where),
    move: (id, before) => moveRun(db, id, before),
    async take(id, state) {
      const result = await db
        .updateTable('runs')
        .set({ queue_position: null, state })
        .where('id', '=', id)
        .where('queue_position', 'is not', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
    claim: (id, owner, leases) => claimRun(db, id, owner, leases),
  };
}

/** In the order in which they start. */
function waitingRows(db: QuorumDatabase): Promise<{ id: string; spec_json: string }[]> {
  return db
    .selectFrom('runs')
    .select(['id', 'spec_json'])
    .where('queue_position', 'is not', null)
    .where('trashed_at', 'is', null)
    .orderBy('queue_position')
    .execute();
}

async function addRuns(db: QuorumDatabase, ids: readonly string[], where: 'front' | 'back'): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const places = await transaction
      .selectFrom('runs')
      .select((row) => [row.fn.max('queue_position').as('last'), row.fn.min('queue_position').as('first')])
      .executeTakeFirst();
    const start = where === 'back' ? (places?.last ?? 0) + 1 : (places?.first ?? 1) - ids.length;
    for (const [at, id] of ids.entries()) {
      await transaction
        .updateTable('runs')
        .set({ queue_position: start + at, state: 'queued', reason: null, error_json: null })
        .where('id', '=', id)
        .where('queue_position', 'is', null)
        .execute();
    }
  });
}

async function moveRun(db: QuorumDatabase, id: string, before: string | null): Promise<void> {
  const ids = (await waitingRows(db)).map((row) => row.id);
  if (!ids.includes(id) || id === before) return;
  const rest = ids.filter((other) => other !== id);
  const place = before === null ? -1 : rest.indexOf(before);
  const at = place < 0 ? rest.length : place;
  await renumber(db, [...rest.slice(0, at), id, ...rest.slice(at)]);
}

async function renumber(db: QuorumDatabase, ids: readonly string[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const [at, id] of ids.entries())
      await transaction
        .updateTable('runs')
        .set({ queue_position: at + 1 })
        .where('id', '=', id)
        .where('queue_position', 'is not', null)
        .execute();
  });
}

async function claimRun(
  db: QuorumDatabase,
  id: string,
  owner: string,
  leases: LeaseRepository,
): Promise<'claimed' | LeaseHolder | null> {
  const holder = await leases.acquire(id, owner);
  if (holder) return holder;
  const result = await db
    .updateTable('runs')
    .set({ queue_position: null })
    .where('id', '=', id)
    .where('queue_position', 'is not', null)
    .where('trashed_at', 'is', null)
    .executeTakeFirst();
  if (result.numUpdatedRows > 0n) return 'claimed';
  await leases.release(id, owner);
  return null;
}

const Where = z.object({ device: DeviceChoice.catch('auto'), place: PlaceName.optional().catch(undefined) });

/** Reads two fields of a frozen spec; the spec itself is checked where it is used. */
function whereOf(json: string): Pick<QueuedRun, 'device' | 'place'> {
  const where = Where.parse(JSON.parse(json));
  return { device: where.device, place: placeOf(where) };
}
