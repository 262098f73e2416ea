/** Every place has an address, kept behind the hash so that it is the same under HTTP and under Electron's own protocol. */
import { createRouter, createWebHashHistory, type Router } from 'vue-router';
import HomeView from './features/home/HomeView.vue';

declare module 'vue-router' {
  interface RouteMeta {
    title: string;
    place: string;
  }
}

/** Made only after the launch code was taken off the address: the history claims what stands behind the hash at once. */
export function createStudioRouter(): Router {
  const router = createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'home', component: HomeView, meta: { title: 'Home', place: 'home' } },
      {
        path: '/datasets',
        name: 'datasets',
        component: () => import('./features/datasets/DatasetsView.vue'),
        meta: { title: 'Data sets', place: 'datasets' },
      },
      {
        path: '/datasets/import',
        name: 'import',
        component: () => import('./features/datasets/ImportView.vue'),
        meta: { title: 'Import', place: 'datasets' },
      },
      {
        path: '/datasets/:id/:tab?',
        name: 'dataset',
        component: () => import('./features/datasets/DatasetsView.vue'),
        props: true,
        meta: { title: 'Data set', place: 'datasets' },
      },
      {
        path: '/runs',
        name: 'runs',
        component: () => import('./features/runs/RunsView.vue'),
        meta: { title: 'Runs', place: 'runs' },
      },
      {
        path: '/runs/new',
        name: 'newRun',
        component: () => import('./features/newRun/NewRunView.vue'),
        meta: { title: 'New run', place: 'runs' },
      },
      {
        path: '/runs/compare',
        name: 'compare',
        component: () => import('./features/compare/CompareView.vue'),
        meta: { title: 'Compare', place: 'runs' },
      },
      {
        path: '/runs/:id/:tab?',
        name: 'run',
        component: () => import('./features/run/RunView.vue'),
        props: true,
        meta: { title: 'Run', place: 'runs' },
      },
      {
        path: '/ensembles',
        name: 'ensembles',
        component: () => import('./features/ensembles/EnsemblesView.vue'),
        meta: { title: 'Ensembles', place: 'ensembles' },
      },
      {
        path: '/ensembles/new',
        name: 'newEnsemble',
        component: () => import('./features/ensembles/NewEnsembleView.vue'),
        meta: { title: 'New ensemble', place: 'ensembles' },
      },
      {
        path: '/ensembles/:id',
        name: 'ensemble',
        component: () => import('./features/ensembles/EnsemblesView.vue'),
        props: true,
        meta: { title: 'Ensemble', place: 'ensembles' },
      },
      {
        path: '/weights',
        name: 'weights',
        component: () => import('./features/weights/WeightsView.vue'),
        meta: { title: 'Weights', place: 'weights' },
      },
      {
        path: '/weights/import',
        name: 'importWeights',
        component: () => import('./features/weights/WeightsImportView.vue'),
        meta: { title: 'Import weights', place: 'weights' },
      },
      {
        path: '/weights/:id',
        name: 'oneWeights',
        component: () => import('./features/weights/WeightsView.vue'),
        props: true,
        meta: { title: 'Weights', place: 'weights' },
      },
      {
        path: '/evaluate/of/:id/:tab?',
        name: 'evaluation',
        component: () => import('./features/evaluate/EvaluationView.vue'),
        props: true,
        meta: { title: 'Evaluation', place: 'evaluate' },
      },
      {
        path: '/evaluate/:tab?',
        name: 'evaluate',
        component: () => import('./features/evaluate/EvaluateView.vue'),
        props: true,
        meta: { title: 'Evaluate', place: 'evaluate' },
      },
      {
        path: '/trash',
        name: 'trash',
        component: () => import('./features/trash/TrashView.vue'),
        meta: { title: 'Trash', place: 'settings' },
      },
      {
        path: '/settings',
        name: 'settings',
        component: () => import('./features/settings/SettingsView.vue'),
        meta: { title: 'Settings', place: 'settings' },
      },
      {
        path: '/:rest(.*)*',
        name: 'nowhere',
        component: () => import('./features/shell/NowhereView.vue'),
        meta: { title: 'Not found', place: '' },
      },
    ],
  });
  void router.isReady().then(() => prefetch(router));
  router.afterEach((to) => {
    document.title = `${to.meta.title} – Quorum`;
  });
  return router;
}

/** So that going somewhere for the first time is as quick as any other: one view after another, each when nothing else is to be done. */
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
