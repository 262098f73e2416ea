/** Compare: curves, settings and results of the same selection of runs. */
import type { Feature } from '../feature.ts';

export const compare: Feature = {
  name: 'compare',
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
