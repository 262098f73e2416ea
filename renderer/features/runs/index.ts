/** Runs: the table, the queue, and what can be done to a run from anywhere. */
import { mdiChartLine } from '@mdi/js';
import type { Feature } from '../feature.ts';
import { useRunCommands } from './useRunCommands.ts';

export const feature: Feature = {
  name: 'runs',
  order: 50,
  place: { title: 'Runs', path: '/runs', icon: mdiChartLine },
  pages: [
    { path: '/runs', name: 'runs', title: 'Runs', view: () => import('./RunsView.vue') },
    { path: '/runs/import', name: 'importRuns', title: 'Import runs', view: () => import('./RunsImportView.vue') },
  ],
  jobs: { archiveRuns: '/runs', importRuns: '/runs/import' },
  stages: {
    'hash files': 'Computing hashes',
    'write archive': 'Writing the archive',
    'predict again': 'Predicting again',
    'train again': 'Training again',
  },
  commands: useRunCommands,
  menu: [
    { menu: 'go', label: 'Runs', command: 'runs', accelerator: 'CmdOrCtrl+3' },
    { menu: 'run', label: 'Stop training', command: 'runs.stop', accelerator: 'CmdOrCtrl+.' },
  ],
};
