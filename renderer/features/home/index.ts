/** Home: what is running, what was found, what to do next. */
import { mdiHomeOutline } from '@mdi/js';
import { computed } from 'vue';
import type { Feature } from '../feature.ts';

export const feature: Feature = {
  name: 'home',
  order: 10,
  place: { title: 'Home', path: '/', icon: mdiHomeOutline },
  pages: [{ path: '/', name: 'home', title: 'Home', view: () => import('./HomeView.vue') }],
  commands: () => computed(() => [{ id: 'home', group: 'Go to', title: 'Home', to: '/' }]),
  menu: [{ menu: 'go', label: 'Home', command: 'home', accelerator: 'CmdOrCtrl+1' }],
};
