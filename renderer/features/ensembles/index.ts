/** Ensembles: which runs vote, what they say together, where they disagree. */
import { mdiVoteOutline } from '@mdi/js';
import { computed } from 'vue';
import type { Feature } from '../feature.ts';
import type { Command } from '../shell/commandsStore.ts';
import { useEnsemblesStore } from './ensemblesStore.ts';

export const feature: Feature = {
  name: 'ensembles',
  order: 70,
  place: { title: 'Ensembles', path: '/ensembles', icon: mdiVoteOutline },
  pages: [
    { path: '/ensembles', name: 'ensembles', title: 'Ensembles', view: () => import('./EnsemblesView.vue') },
    {
      path: '/ensembles/new',
      name: 'newEnsemble',
      title: 'New ensemble',
      view: () => import('./NewEnsembleView.vue'),
    },
    { path: '/ensembles/:id', name: 'ensemble', title: 'Ensemble', view: () => import('./EnsemblesView.vue') },
  ],
  commands() {
    const ensembles = useEnsemblesStore();
    return computed((): Command[] => [
      { id: 'ensembles', group: 'Go to', title: 'Ensembles', to: '/ensembles' },
      { id: 'ensembles.new', group: 'Do', title: 'New ensemble', hint: 'predict, vote', to: '/ensembles/new' },
      ...ensembles.list.map((ensemble) => ({
        id: `export.${ensemble.id}`,
        group: 'Do' as const,
        title: `Export the predictions of ${ensemble.name}`,
        hint: 'CSV',
        to: `/ensembles/${ensemble.id}?export=1`,
      })),
      ...ensembles.list.map((ensemble) => ({
        id: ensemble.id,
        group: 'Ensemble' as const,
        title: ensemble.name,
        hint: ensemble.id,
        to: `/ensembles/${ensemble.id}`,
      })),
    ]);
  },
  menu: [{ menu: 'go', label: 'Ensembles', command: 'ensembles', accelerator: 'CmdOrCtrl+4' }],
  subjects: { 'e-': (id) => `/ensembles/${id}` },
  jobs: { export: '/ensembles', selectEnsemble: '/ensembles' },
};
