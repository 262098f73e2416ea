/** A studio host on its own data, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { forkJob } from '../../cli/forkJob.ts';
import type { StudioClient } from '../../contract/api/contract.ts';
import type { z } from 'zod';
import { importJob } from '../../contract/api/datasets/datasets.ts';
import type { JobStatus } from '../../contract/api/jobs.ts';
import type { JobKind } from '../../contract/api/procedure.ts';
import type { RunRequestInput } from '../../contract/runSpec.ts';
import { connectStudio } from '../../core/studio/api/connect.ts';
import { openStudioHost, samplesFolder, type StudioHost } from '../../core/studio/host/studioHost.ts';
import { copyFashionImages } from '../support/fashionImages.ts';

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'quorum-host-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Three classes of the sample, forty training and ten test pictures each. */
export function makePictures(folder: string): void {
  copyFashionImages(folder, { classes: ['bag', 'coat', 'sneaker'], images: { train: 40, test: 10 } });
}

export function openHost(dataDir: string, roots: readonly string[] = []): Promise<StudioHost> {
  return openStudioHost({
    dataDir,
    fork: forkJob,
    kind: 'web',
    version: 'test',
    roots,
    samplesDir: samplesFolder(projectRoot),
  });
}

/** The studio over a message port, as the desktop window has it. */
export function portClient(host: StudioHost, faults: unknown[] = []): { client: StudioClient; close: () => void } {
  const { port1, port2 } = new MessageChannel();
  connectStudio(host, (error) => faults.push(error)).connectPort(port1);
  port1.start();
  port2.start();
  return {
    client: createORPCClient(new RPCLink({ port: port2 })),
    close: () => {
      port1.close();
      port2.close();
    },
  };
}

/** Waits for a job's end by its status. */
export async function endOf(client: StudioClient, { jobId }: { jobId: string }): Promise<JobStatus> {
  for (;;) {
    const job = await client.jobs.show({ job: jobId });
    if (job.endedAt !== null) return job;
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
  }
}

/** What a job of that kind made. */
export function resultOf<Result extends z.ZodType>(job: JobStatus, kind: JobKind<Result>): z.output<Result> {
  if (job.error) throw new Error(JSON.stringify(job.error));
  return kind.result.parse(job.result);
}

export async function until<T>(look: () => Promise<T>, good: (value: T) => boolean, seconds = 60): Promise<T> {
  const end = performance.now() + 1000 * seconds;
  for (;;) {
    const value = await look();
    if (good(value)) return value;
    if (performance.now() > end)
      throw new Error(`waited ${seconds} s for something that did not come: ${JSON.stringify(value)?.slice(0, 500)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

/** The smallest VGG, on the engine that is everywhere. */
export function tinyRun(dataset: string, change: Partial<RunRequestInput> = {}): RunRequestInput {
  return {
    model: { name: 'vgg11', options: { widthFactor: 0.05, headWidth: 8 } },
    dataset,
    batchSize: 16,
    epochs: 1,
    lr: 1e-3,
    device: 'wasm',
    limit: { train: 32, val: 12 },
    ...change,
  };
}

export async function importPictures(client: StudioClient, path = ''): Promise<string> {
  const job = await endOf(
    client,
    await client.datasets.import({ source: { kind: 'folder', folder: { root: 'root-1', path } }, name: 'Pictures' }),
  );
  return resultOf(job, importJob).datasetId;
}
