/** One run: curves, results, checkpoints, settings, log. */
import type { Feature } from '../feature.ts';

export const feature: Feature = {
  name: 'run',
  order: 60,
  pages: [{ path: '/runs/:id/:tab?', name: 'run', title: 'Run', view: () => import('./RunView.vue'), place: 'runs' }],
  subjects: { 'r-': (id) => `/runs/${id}` },
  stages: {
    train: 'Training',
    training: 'Training',
    validate: 'Validating',
    validating: 'Validating',
    installing: 'Installing the engine',
    starting: 'Starting',
    preparing: 'Preparing',
    saving: 'Saving a checkpoint',
    diskFull: 'Waiting for free disk space',
    resuming: 'Resuming from a checkpoint',
  },
};
