/** The catalogue: published weights and data sets, and getting them. */
import { computed } from 'vue';
import type { Feature } from '../feature.ts';
import type { Command } from '../shell/commandsStore.ts';

export const feature: Feature = {
  name: 'catalogue',
  order: 85,
  pages: [
    {
      path: '/catalogue/weights',
      name: 'publishedWeights',
      title: 'Published weights',
      view: () => import('./CatalogueView.vue'),
      place: 'weights',
    },
    {
      path: '/catalogue/dataset',
      name: 'publishedDatasets',
      title: 'Published data sets',
      view: () => import('./CatalogueView.vue'),
      place: 'datasets',
    },
    {
      path: '/catalogue/try',
      name: 'tryNetworks',
      title: 'Try ImageNet networks',
      view: () => import('./TrySampleNetworks.vue'),
      place: 'weights',
    },
  ],
  commands: () =>
    computed((): Command[] => [
      { id: 'catalogue.weights', group: 'Do', title: 'Get published weights', to: '/catalogue/weights' },
      { id: 'catalogue.dataset', group: 'Do', title: 'Get a published data set', to: '/catalogue/dataset' },
      { id: 'catalogue.try', group: 'Do', title: 'Try ImageNet networks', to: '/catalogue/try' },
    ]),
  jobs: { fetch: '/catalogue/weights', trial: '/catalogue/weights' },
};
