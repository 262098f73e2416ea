/** How smooth a page is and how quickly the host answers, over a stretch of time. Milliseconds. */
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { BrowserContext, Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { SOCKET_PATH, SOCKET_PROTOCOL } from '../../../contract/api/connection.ts';
import type { StudioClient } from '../../../contract/api/contract.ts';

export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(2));
  return { count: sorted.length, median: at(0.5), p99: at(0.99), max: at(1) };
}

const Frames = z.array(z.number());

/** Times between the frames that the page draws during `ms`. `scroll` moves an element by so many pixels each frame. */
export async function frameTimes(
  page: Page,
  ms: number,
  scroll?: { readonly selector: string; readonly pixels: number },
): Promise<number[]> {
  const scrolled = scroll ? `document.querySelector(${JSON.stringify(scroll.selector)})` : 'null';
  return Frames.parse(
    await page.evaluate(`new Promise((done) => {
    const times = [];
    const end = performance.now() + ${ms};
    const box = ${scrolled};
    let last = performance.now();
    requestAnimationFrame(function frame(now) {
      times.push(now - last); last = now;
      if (box) box.scrollTop += ${scroll?.pixels ?? 0};
      if (now < end) requestAnimationFrame(frame); else done(times.slice(1));
    });
  })`),
  );
}

/** Frames a second, and the share of frames that came a whole frame late. */
export function smoothness(times: readonly number[]): {
  readonly framesPerSec: number;
  readonly lateShare: number;
  readonly longest: number;
} {
  const total = times.reduce((sum, time) => sum + time, 0);
  return {
    framesPerSec: Number(((1000 * times.length) / total).toFixed(1)),
    lateShare: Number((times.filter((time) => time > 25).length / times.length).toFixed(4)),
    longest: Number(Math.max(...times).toFixed(1)),
  };
}

/** A second client with the browser's own session. */
export async function sameSession(
  context: BrowserContext,
  url: string,
): Promise<{ client: StudioClient; close: () => void }> {
  const cookie = (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join('; ');
  const socket = new WebSocket(new URL(SOCKET_PATH, url.replace(/^http/, 'ws')), SOCKET_PROTOCOL, {
    headers: { Cookie: cookie, Origin: new URL(url).origin },
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  return {
    client: createORPCClient(new RPCLink({ websocket: socket })),
    close: () => {
      socket.close();
    },
  };
}

/** Asks the host one thing after another for `ms`, as screens do, and says how long each kind of answer took. */
export async function answerTimes(
  calls: Readonly<Record<string, () => Promise<unknown>>>,
  ms: number,
  pauseMs = 20,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(calls).map((name) => [name, []]));
  const end = performance.now() + ms;
  for (;;) {
    for (const [name, call] of Object.entries(calls)) {
      if (performance.now() > end) return times;
      const from = performance.now();
      await call();
      times[name]?.push(performance.now() - from);
      await new Promise((resolve) => {
        setTimeout(resolve, pauseMs);
      });
    }
  }
}
