/** New run: the form, and beside it what will happen. */
import { computed } from 'vue';
import type { Feature } from '../feature.ts';

export const feature: Feature = {
  name: 'newRun',
  order: 30,
  pages: [
    { path: '/runs/new', name: 'newRun', title: 'New run', view: () => import('./NewRunView.vue'), place: 'runs' },
  ],
  commands: () => computed(() => [{ id: 'newRun', group: 'Do', title: 'New run', hint: 'train', to: '/runs/new' }]),
  menu: [{ menu: 'file', label: 'New run…', command: 'newRun', accelerator: 'CmdOrCtrl+N' }],
  jobs: { probe: '/runs/new', lrRange: '/runs/new' },
};
