/** Weights: imported files, what is in them, and whether they work. */
import { mdiTrayFull } from '@mdi/js';
import { computed } from 'vue';
import type { Feature } from '../feature.ts';
import type { Command } from '../shell/commandsStore.ts';
import { useWeightsStore } from './weightsStore.ts';

export const feature: Feature = {
  name: 'weights',
  order: 80,
  place: { title: 'Weights', path: '/weights', icon: mdiTrayFull },
  pages: [
    { path: '/weights', name: 'weights', title: 'Weights', view: () => import('./WeightsView.vue') },
    {
      path: '/weights/import',
      name: 'importWeights',
      title: 'Import weights',
      view: () => import('./WeightsImportView.vue'),
    },
    { path: '/weights/:id', name: 'oneWeights', title: 'Weights', view: () => import('./WeightsView.vue') },
  ],
  commands() {
    const weights = useWeightsStore();
    return computed((): Command[] => [
      { id: 'weights', group: 'Go to', title: 'Weights', to: '/weights' },
      { id: 'weights.import', group: 'Do', title: 'Import weights', hint: 'file', to: '/weights/import' },
      ...weights.list.map((one) => ({
        id: one.id,
        group: 'Weights' as const,
        title: one.name,
        hint: one.model.name,
        to: `/weights/${one.id}`,
      })),
    ]);
  },
  menu: [{ menu: 'go', label: 'Weights', command: 'weights', accelerator: 'CmdOrCtrl+5' }],
  jobs: {
    inspectWeights: '/weights/import',
    importWeights: '/weights',
    exportWeights: '/weights',
    selfCheck: '/weights',
  },
  subjects: { 'w-': (id) => `/weights/${id}` },
};
