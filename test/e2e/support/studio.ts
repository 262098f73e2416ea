/** `quorum serve` on a data folder of its own, a browser that is logged in, and the command line on the same folder. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { inject } from 'vitest';
import { z } from 'zod';
import { SOCKET_PATH } from '../../../contract/api/connection.ts';
import { launchBrowser } from './chromium.ts';
import { WAIT_MS } from '../../../build/suite/patience.ts';

const root = resolve(import.meta.dirname, '../../..');
export const SAMPLES = join(root, 'resources/samples');
/** The same with every fifth image of each class. */
export const fewSamples = (): string => inject('fewSamples');
const SHOTS = join(root, 'test-output/e2e');
/** Milliseconds. */
export const HostDelay = z.object({ mean: z.number(), p99: z.number(), max: z.number() });
export type HostDelay = z.infer<typeof HostDelay>;

export interface TestStudioOptions {
  /** Fills the data folder before the host opens it; `quorum` is the command line on it. */
  readonly prepare?: (dataDir: string, quorum: TestStudio['quorum']) => Promise<void>;
  /** Pages may look into the folder `files` beside the data folder; `prepare` fills it. */
  readonly files?: boolean;
  /** The samples have a fifth of their images (`fewSamples()`). */
  readonly few?: boolean;
  /** The host measures the pauses of its own event loop (`hostDelay`). */
  readonly measured?: boolean;
}

export interface TestStudio {
  readonly url: string;
  readonly folder: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** Messages of the pages' consoles that are errors, and uncaught exceptions. */
  readonly faults: string[];
  newPage(path?: string): Promise<Page>;
  /** An empty page whose host seems far away: every message of it comes that many milliseconds after the one before. */
  slowPage(delayMs: number): Promise<Page>;
  /** The command line on the same data folder. */
  quorum(...args: string[]): Promise<string>;
  /** The host says nothing more, as behind a wire that is cut, until it is told otherwise. */
  silence(silent: boolean): void;
  /** Ends the host as Ctrl-C does, and starts another one at the same address. */
  restart(): Promise<void>;
  /** Process ids of the jobs that the host has started. Linux. */
  jobs(): number[];
  shot(page: Page, name: string): Promise<void>;
  /** Pauses of the host's event loop since the last call; only where it is measured. */
  hostDelay(): Promise<HostDelay>;
  close(): Promise<void>;
}

export async function openTestStudio({
  prepare,
  files = false,
  few = false,
  measured = false,
}: TestStudioOptions = {}): Promise<TestStudio> {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-e2e-'));
  const dataDir = join(folder, 'data');
  const quorum: TestStudio['quorum'] = async (...args) =>
    (
      await promisify(execFile)(process.execPath, [inject('commandLine'), '--data-dir', dataDir, ...args], {
        cwd: root,
        maxBuffer: 1 << 26,
      })
    ).stdout;
  if (files) mkdirSync(join(folder, 'files'));
  await prepare?.(dataDir, quorum);
  const serve = (port: string): ChildProcess =>
    spawn(
      process.execPath,
      [
        ...(measured ? ['--import', './test/e2e/support/measureHost.mjs'] : []),
        inject('commandLine'),
        '--data-dir',
        dataDir,
        '--json',
        'serve',
        '--page',
        inject('page'),
        '--port',
        port,
        ...(few ? ['--samples', fewSamples(), '--folder', fewSamples()] : []),
        '--folder',
        SAMPLES,
        ...(files ? ['--folder', join(folder, 'files')] : []),
      ],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe', ...(measured ? ['ipc' as const] : [])] },
    );
  let server = serve('0');
  let browser: Browser | null = null;
  const end = async (): Promise<void> => {
    await browser?.close();
    await stop(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const launch = await launchLink(server);
    const url = new URL('/', launch).href;
    browser = await launchBrowser();
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      acceptDownloads: true,
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    context.setDefaultTimeout(WAIT_MS);
    const faults: string[] = [];
    const watch = (page: Page): Page => {
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`${message.text()} ${message.location().url}`);
      });
      page.on('pageerror', (error) => faults.push(error.message));
      return page;
    };
    const page = watch(await context.newPage());
    await page.goto(launch);
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    mkdirSync(SHOTS, { recursive: true });
    return {
      url,
      folder,
      context,
      page,
      faults,
      async newPage(path = '/') {
        const other = watch(await context.newPage());
        await other.goto(`${url}#${path}`);
        return other;
      },
      async slowPage(delayMs) {
        const other = watch(await context.newPage());
        await other.routeWebSocket(`**${SOCKET_PATH}`, (socket) => {
          let last = Promise.resolve();
          socket.connectToServer().onMessage((message) => {
            last = last.then(() => sleep(delayMs)).then(() => socket.send(message));
          });
        });
        return other;
      },
      quorum,
      hostDelay: () =>
        new Promise((done) => {
          server.once('message', (message) => done(HostDelay.parse(message)));
          server.send('report');
        }),
      silence: (silent) => server.kill(silent ? 'SIGSTOP' : 'SIGCONT'),
      async restart() {
        await stop(server);
        server = serve(new URL(url).port);
        await launchLink(server);
      },
      jobs: () => childrenOf(server.pid ?? 0),
      async shot(target, name) {
        await target.screenshot({ path: join(SHOTS, `${name}.png`) });
      },
      close: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function launchLink(server: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let said = '';
    let errors = '';
    const timer = setTimeout(
      () => fail(new Error(`quorum serve did not start within ${WAIT_MS} ms. ${errors}`)),
      WAIT_MS,
    );
    server.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    server.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const line = said.split('\n')[0];
      if (!said.includes('\n') || !line) return;
      clearTimeout(timer);
      done(z.object({ url: z.string() }).parse(JSON.parse(line)).url);
    });
    server.once('exit', (code) => {
      clearTimeout(timer);
      fail(new Error(`quorum serve ended (${code}). ${errors}`));
    });
  });
}

/** By the parent's id in `/proc/ID/stat`; the program's name before it can hold anything, even brackets. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(ppid) === parent && state !== 'Z' ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}

function stop(server: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (server.exitCode !== null || server.signalCode !== null) {
      done();
      return;
    }
    server.once('exit', () => done());
    server.kill('SIGTERM');
    setTimeout(() => server.kill('SIGKILL'), 20_000).unref();
  });
}
