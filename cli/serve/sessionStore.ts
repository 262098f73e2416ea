/**
 * What outlives a web host, below its data folder and for its owner alone: sessions as hashes, so that a restart logs
 * nobody out, links that another program made for a host that runs, and where that host is.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** Hashes, and until when they are good: milliseconds since 1970. */
const Good = z.record(z.string().regex(/^[0-9a-f]{64}$/), z.number());
const RunningHost = z.object({ pid: z.int(), url: z.string() });
export type RunningHost = z.infer<typeof RunningHost>;

export class SessionStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Sessions of the host on `port` that are still good. */
  sessions(port: number): Map<string, number> {
    const now = Date.now();
    return new Map(Object.entries(this.#read(`sessions-${port}.json`, Good) ?? {}).filter(([, until]) => until > now));
  }

  keepSessions(port: number, sessions: ReadonlyMap<string, number>): void {
    this.#write(`sessions-${port}.json`, Object.fromEntries(sessions));
  }

  /** A link for whichever host runs on this data folder. */
  addLink(hash: string, until: number): void {
    this.#write(`link-${hash}.json`, { [hash]: until });
  }

  /** Whether there is such a link; it is used up. */
  takeLink(hash: string): boolean {
    const name = `link-${hash}.json`;
    const until = this.#read(name, Good)?.[hash];
    rmSync(join(this.#folder, name), { force: true });
    return until !== undefined && until > Date.now();
  }

  /** The host that was opened last on this data folder and still runs. */
  runningHost(): RunningHost | null {
    const host = this.#read('host.json', RunningHost);
    return host && runs(host.pid) ? host : null;
  }

  keepHost(host: RunningHost): void {
    this.#write('host.json', host);
  }

  forgetHost(pid: number): void {
    if (this.#read('host.json', RunningHost)?.pid === pid) rmSync(join(this.#folder, 'host.json'), { force: true });
  }

  #read<T>(name: string, schema: z.ZodType<T>): T | null {
    const file = join(this.#folder, name);
    if (!existsSync(file)) return null;
    try {
      return schema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? null;
    } catch {
      return null;
    }
  }

  /** A disk that cannot be written costs a login at the next start, and nothing now. */
  #write(name: string, value: unknown): void {
    const temporary = join(this.#folder, `.${randomUUID()}`);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: PRIVATE_FOLDER });
      chmodSync(this.#folder, PRIVATE_FOLDER);
      writeFileSync(temporary, JSON.stringify(value), { mode: PRIVATE_FILE, flag: 'wx' });
      renameSync(temporary, join(this.#folder, name));
    } catch {
      rmSync(temporary, { force: true });
    }
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
