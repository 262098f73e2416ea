/** Data sets: import, browse, check, find duplicates. */
import { mdiImageMultipleOutline } from '@mdi/js';
import type { Feature } from '../feature.ts';
import { useDatasetCommands } from './useDatasetCommands.ts';

export const feature: Feature = {
  name: 'datasets',
  order: 20,
  place: { title: 'Data sets', path: '/datasets', icon: mdiImageMultipleOutline },
  pages: [
    { path: '/datasets', name: 'datasets', title: 'Data sets', view: () => import('./DatasetsView.vue') },
    { path: '/datasets/import', name: 'import', title: 'Import a data set', view: () => import('./ImportView.vue') },
    { path: '/datasets/:id/:tab?', name: 'dataset', title: 'Data set', view: () => import('./DatasetsView.vue') },
  ],
  commands: useDatasetCommands,
  menu: [
    { menu: 'go', label: 'Data sets', command: 'datasets', accelerator: 'CmdOrCtrl+2' },
    { menu: 'file', label: 'Import data set…', command: 'datasets.import', accelerator: 'CmdOrCtrl+I' },
  ],
  jobs: { inspect: '/datasets/import', import: '/datasets', check: '/datasets', duplicates: '/datasets' },
  subjects: { 'd-': (id, kind) => `/datasets/${id}${kind === 'duplicates' ? '/duplicates' : ''}` },
  stages: {
    scan: 'Listing files',
    decode: 'Reading images',
    pack: 'Packing images',
    check: 'Checking',
    compare: 'Comparing',
  },
};
