/** Hosts that send runs of a tiny network to places, and what became of them. */
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forkJob } from '../../cli/forkJob.ts';
import { Place } from '../../contract/place.ts';
import type { Run } from '../../contract/run.ts';
import { createStudio, type Studio } from '../../core/studio/createStudio.ts';
import { RunQueue } from '../../core/studio/host/runQueue.ts';
import type { RunMessage } from '../../core/studio/training/runMessage.ts';
import { until } from './slurmCluster.ts';
import { weightBytes } from './weightBytes.ts';

const SAMPLE = fileURLToPath(new URL('../../resources/samples/fashion-mnist-mini/', import.meta.url));

export interface Host {
  readonly studio: Studio;
  readonly queue: RunQueue;
  /** What was logged and where runs were said to be, in order. */
  readonly logs: string[];
  close(): Promise<void>;
}

/** A data folder, its hosts one after another, and its runs. */
export class PlacedRuns {
  readonly dataDir: string;
  readonly #folder: string;
  readonly #hosts: Host[] = [];
  #dataset = '';

  constructor(folder: string) {
    this.#folder = folder;
    this.dataDir = join(folder, 'data');
  }

  async open(): Promise<Host> {
    const placePace = { hearMs: 100, askMs: 500, mirrorMs: 300 };
    const studio = await createStudio({ dataDir: this.dataDir, fork: forkJob, placePace });
    const { context, runs } = studio;
    const gate = { admits: async () => true };
    const onChange = (): void => undefined;
    const queue = new RunQueue({ context, runs, queue: context.queue, settings: context.settings, gate, onChange });
    const logs: string[] = [];
    runs.subscribe((_id, message: RunMessage) => {
      if (message.type === 'log') logs.push(message.text);
      if (message.type === 'whereabouts') logs.push(message.words);
    });
    queue.open();
    const close = async (): Promise<void> => {
      this.#hosts.splice(this.#hosts.indexOf(host), 1);
      await queue.close();
      await runs.stopAll();
      await queue.settle();
      await studio.close();
    };
    const host: Host = { studio, queue, logs, close };
    this.#hosts.push(host);
    return host;
  }

  async closeAll(): Promise<void> {
    for (const host of [...this.#hosts]) await host.close();
  }

  /** The data set that the runs train on, and the places. */
  async prepare(places: readonly object[]): Promise<void> {
    const host = await this.open();
    ({ id: this.#dataset } = await host.studio.datasets.import({ path: this.#pictures(), name: 'two' }));
    await host.studio.context.places.save(places.map((place) => Place.parse(place)));
    await host.close();
  }

  request(change: object = {}): object {
    return {
      model: { name: 'vgg11', options: { widthFactor: 0.05, headWidth: 8 } },
      dataset: this.#dataset,
      batchSize: 10,
      epochs: 2,
      device: 'cpu',
      ...change,
    };
  }

  weightsOf(id: string | undefined): string {
    return weightBytes(join(this.dataDir, 'runs', id ?? '', 'checkpoints'));
  }

  #pictures(): string {
    const target = join(this.#folder, 'pictures');
    for (const [split, from, count] of [
      ['train', 'train', 20],
      ['val', 'test', 10],
    ] as const)
      for (const name of ['trouser', 'bag']) {
        mkdirSync(join(target, split, name), { recursive: true });
        for (const file of readdirSync(join(SAMPLE, from, name))
          .sort()
          .slice(0, count))
          cpSync(join(SAMPLE, from, name, file), join(target, split, name, file));
      }
    return target;
  }
}

export async function send({ studio, queue }: Host, ...requests: object[]): Promise<string[]> {
  const { runs } = await studio.runs.createAll(requests);
  const ids = runs.map(({ id }) => id);
  await queue.add(ids);
  return ids;
}

export const show = ({ studio }: Host, id: string | undefined): Promise<Run> => studio.runs.show(id ?? '');

export async function reaches(host: Host, id: string | undefined, state: Run['state']): Promise<Run> {
  await until(async () => (await show(host, id)).state === state);
  return show(host, id);
}

export const steps = async (host: Host, id: string | undefined): Promise<number> => (await show(host, id)).step;

/** By which the place knows the run's job. */
export const placeJob = ({ studio }: Host, id: string | undefined): string | null =>
  studio.context.places.away(id ?? '')?.id ?? null;
