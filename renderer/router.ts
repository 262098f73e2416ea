/**
 * Every page has an address, kept behind the hash so that it is the same under HTTP and under Electron's own protocol.
 */
import { createRouter, createWebHashHistory, type Router } from 'vue-router';
import { type Feature, routesOf } from './features/feature.ts';

declare module 'vue-router' {
  interface RouteMeta {
    title: string;
    place: string;
  }
}

/**
 * Made only after the launch code was taken off the address: the history claims what stands behind the hash at once.
 */
export function createStudioRouter(features: readonly Feature[]): Router {
  const router = createRouter({ history: createWebHashHistory(), routes: routesOf(features) });
  void router.isReady().then(() => prefetch(router));
  return router;
}

/** So that a first visit is as quick as any other: one view after another, each when the browser is idle. */
async function prefetch(router: Router): Promise<void> {
  for (const { components } of router.getRoutes()) {
    const view: unknown = components?.['default'];
    if (!isFetch(view)) continue;
    await new Promise<void>((resolve) => {
      window.requestIdleCallback(() => resolve(), { timeout: 3000 });
    });
    // going there says what is wrong with one that cannot be fetched
    await view().catch(() => undefined);
  }
}
/** A view that is not there yet is the function that fetches it. */
const isFetch = (view: unknown): view is () => Promise<unknown> => typeof view === 'function';
