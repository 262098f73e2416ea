/**
 * Sessions of the web host: a one-time launch code buys a cookie. Both are random and kept as hashes only; sessions
 * outlive the host.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SessionStore } from './sessionStore.ts';

export const SESSION_SECONDS = 43_200;
/**
 * Long enough to carry the link over to the machine with the browser, by hand or through ssh; it works once, so that
 * nobody gains by the wait.
 */
export const CODE_SECONDS = 600;
const TRIES_A_MINUTE = 5;
const TRIES_AN_HOUR = 20;

export class Sessions {
  readonly #port: number;
  readonly #store: SessionStore;
  readonly #cookieName: string;
  readonly #now: () => number;
  readonly #codes = new Map<string, number>();
  readonly #sessions = new Map<string, number>();
  readonly #endListeners = new Map<string, Set<() => void>>();
  #failures: number[] = [];

  /**
   * @param port part of the cookie's name: browsers share cookies between the ports of a host
   * @param now milliseconds of a clock that never goes back
   */
  constructor(port: number, store: SessionStore, now: () => number = () => performance.now()) {
    this.#port = port;
    this.#store = store;
    this.#cookieName = `quorum-${port}`;
    this.#now = now;
    for (const [key, until] of store.sessions(port))
      this.#sessions.set(key, now() + Math.min(until - Date.now(), 1000 * SESSION_SECONDS));
  }

  /** A new launch code, for one login within ten minutes. */
  newCode(): string {
    const code = newSecret();
    this.#codes.set(digest(code), this.#now() + 1000 * CODE_SECONDS);
    return code;
  }

  /** The `Set-Cookie` value for a right code, however many wrong ones others have tried; else why not. */
  login(code: string): { cookie: string } | { refused: 'code' | 'tooMany' } {
    const now = this.#now();
    if (!this.#takeCode(digest(code))) return { refused: this.#countFailure(now) };
    const id = newSecret();
    this.#sessions.set(digest(id), now + 1000 * SESSION_SECONDS);
    this.#keep();
    return { cookie: `${this.#cookieName}=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_SECONDS}` };
  }

  #takeCode(hash: string): boolean {
    const known = [...this.#codes.keys()].find((candidate) =>
      timingSafeEqual(Buffer.from(candidate, 'hex'), Buffer.from(hash, 'hex')),
    );
    if (known === undefined) return this.#store.takeLink(hash);
    const until = this.#codes.get(known)!;
    this.#codes.delete(known);
    return until >= this.#now();
  }

  /** Guesses are told no more than that they are too many; a right code is never kept out by them. */
  #countFailure(now: number): 'code' | 'tooMany' {
    this.#failures = this.#failures.filter((at) => now - at < 3_600_000);
    if (
      this.#failures.length >= TRIES_AN_HOUR ||
      this.#failures.filter((at) => now - at < 60_000).length >= TRIES_A_MINUTE
    )
      return 'tooMany';
    this.#failures.push(now);
    return 'code';
  }

  #keep(): void {
    const now = this.#now();
    const lasting = [...this.#sessions].map(([key, until]) => [key, Date.now() + until - now] as const);
    this.#store.keepSessions(this.#port, new Map(lasting));
  }

  /** The live session that the `Cookie` header names, as a key for `onEnd` and `end`; null without one. */
  find(cookieHeader: string | undefined): string | null {
    for (const part of (cookieHeader ?? '').split(';')) {
      const [name, value] = part.trim().split('=', 2);
      if (name !== this.#cookieName || !value) continue;
      const key = digest(value);
      if (this.lives(key)) return key;
    }
    return null;
  }

  /** Whether the session of that key has neither ended nor run out; one that has run out ends. */
  lives(key: string): boolean {
    const until = this.#sessions.get(key);
    if (until !== undefined && until <= this.#now()) this.end(key);
    return until !== undefined && until > this.#now();
  }

  /** `Set-Cookie` that makes the browser forget. */
  get forgetCookie(): string {
    return `${this.#cookieName}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`;
  }

  /** Ends a session and closes what it opened. */
  end(key: string): void {
    this.#sessions.delete(key);
    this.#keep();
    for (const listener of this.#endListeners.get(key) ?? []) listener();
    this.#endListeners.delete(key);
  }

  /** Called when the session ends; returns what takes that back. */
  onEnd(key: string, listener: () => void): () => void {
    const listeners = this.#endListeners.get(key) ?? new Set();
    this.#endListeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }
}

/** 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a secret. */
export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
