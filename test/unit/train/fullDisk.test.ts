/** A disk that becomes full while a run trains. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { TrainEvent } from '../../../contract/run.ts';
import { StudioError } from '../../../contract/errors.ts';
import { readTensors } from '../../../core/train/checkpoint.ts';
import { onceThereIsRoom } from '../../../core/train/waitForRoom.ts';
import { native, noTensorFlow, webAssembly } from '../../support/engines.ts';
import { noSmallDisk, smallDisk, type SmallDisk } from '../../support/smallDisk.ts';
import { attempt, smallSpec } from '../../support/smallRun.ts';

const disks: SmallDisk[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const disk of disks.splice(0)) disk.remove();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});
const folderHere = async (): Promise<string> => {
  folders.push(await mkdtemp(join(tmpdir(), 'quorum-full-')));
  return folders.at(-1) ?? '';
};
const full = new StudioError('file.diskFull', 'No room left for a checkpoint.');

async function gathered<T>(
  steps: AsyncGenerator<TrainEvent, T>,
  onEvent: (event: TrainEvent) => void = () => undefined,
): Promise<{ events: TrainEvent[]; value: T }> {
  const events: TrainEvent[] = [];
  for (;;) {
    const next = await steps.next();
    if (next.done) return { events, value: next.value };
    events.push(next.value);
    onEvent(next.value);
  }
}

test.skipIf(noSmallDisk !== null)(
  `a run waits for room, says how much, and ends with the same bytes as if nothing had been${noSmallDisk === null ? '' : ` (skipped: ${noSmallDisk})`}`,
  async () => {
    const disk = smallDisk(2 ** 30);
    const engine = noTensorFlow === null ? native() : await webAssembly();
    const spec = smallSpec({ epochs: 2 });
    disks.push(disk);
    const waited: Extract<TrainEvent, { type: 'waitingForRoom' }>[] = [];
    const { events, lastCheckpoint } = await attempt(spec, engine, disk.path, {
      dieAfter(event) {
        if (event.type === 'epochEnded' && event.epoch === 1) disk.leave(100_000);
        if (event.type === 'waitingForRoom') waited.push(event);
        if (waited.length === 2) disk.leave(2 ** 29);
        return false;
      },
    });
    expect(events.at(-1)).toMatchObject({ type: 'finished', state: 'finished', step: 10 });
    expect(waited[0]).toMatchObject({
      step: 5,
      error: {
        code: 'file.diskFull',
        message: expect.stringMatching(/checkpoint of step 5 needs [\d,]+ MiB, and .* has 1 MiB free/),
        remedy: expect.stringContaining('goes on by itself'),
      },
    });
    const folder = await folderHere();
    const whole = await attempt(spec, engine, folder);
    for (const file of ['weights.safetensors', 'optimizer.safetensors'] as const)
      expect(readTensors(lastCheckpoint, file)).toEqual(readTensors(whole.lastCheckpoint, file));
  },
);

describe('waiting for room', () => {
  const waiting = async (signal = new AbortController().signal) => ({
    directory: await folderHere(),
    checkpointBytes: 1000,
    step: 7,
    signal,
  });

  test('a disk that has room and refuses, as one with a quota does, is asked again, ever more seldom', async () => {
    let asked = 0;
    const { events, value } = await gathered(
      onceThereIsRoom(
        async () => {
          if (++asked < 2) throw full;
          return 'saved';
        },
        await waiting(),
      ),
    );
    expect([asked, value, events.map(({ type }) => type)]).toEqual([2, 'saved', ['waitingForRoom']]);
  });

  test('a stop ends it at once, without a checkpoint', async () => {
    const stop = new AbortController();
    let isPauseOver = false;
    let pause: NodeJS.Timeout | undefined;
    const { value } = await gathered(
      onceThereIsRoom(() => Promise.reject(full), await waiting(stop.signal)),
      () => {
        // the first pause is four seconds; both clocks are this process's own, so that a busy machine stops both
        pause ??= setTimeout(() => (isPauseOver = true), 3900);
        setImmediate(() => stop.abort());
      },
    );
    clearTimeout(pause);
    expect([value, isPauseOver]).toEqual([null, false]);
  });

  test('anything else that goes wrong is no matter of room', async () => {
    const fault = new StudioError('file.noPermission', 'No right to write.');
    await expect(gathered(onceThereIsRoom(() => Promise.reject(fault), await waiting()))).rejects.toBe(fault);
  });
});
