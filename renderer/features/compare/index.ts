/** Compare: curves, settings and results of the same selection of runs. */
import type { Feature } from '../feature.ts';

export const feature: Feature = {
  name: 'compare',
  order: 40,
  pages: [
    {
      path: '/runs/compare',
      name: 'compare',
      title: 'Compare runs',
      view: () => import('./CompareView.vue'),
      place: 'runs',
    },
  ],
};
