/** Trash: deleted runs and data sets, until they go for good. */
import { computed } from 'vue';
import type { Feature } from '../feature.ts';

export const feature: Feature = {
  name: 'trash',
  order: 100,
  pages: [{ path: '/trash', name: 'trash', title: 'Trash', view: () => import('./TrashView.vue'), place: 'settings' }],
  commands: () => computed(() => [{ id: 'trash', group: 'Go to', title: 'Trash', to: '/trash' }]),
};
