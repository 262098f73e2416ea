/** Reproduce: published tables beside what is measured here. */
import { mdiBookCheckOutline } from '@mdi/js';
import { computed } from 'vue';
import type { Feature } from '../feature.ts';
import type { Command } from '../shell/commandsStore.ts';
import { useReproduceStore } from './reproduceStore.ts';

export const feature: Feature = {
  name: 'reproduce',
  order: 95,
  place: { title: 'Reproduce', path: '/reproduce', icon: mdiBookCheckOutline },
  pages: [
    { path: '/reproduce', name: 'reproduce', title: 'Reproduce', view: () => import('./ReproduceView.vue') },
    {
      path: '/reproduce/add',
      name: 'addProject',
      title: 'Add a project',
      view: () => import('./AddProjectView.vue'),
    },
    { path: '/reproduce/:id', name: 'oneTable', title: 'Reproduce', view: () => import('./ReproduceView.vue') },
  ],
  commands() {
    const reproduce = useReproduceStore();
    return computed((): Command[] => [
      { id: 'reproduce', group: 'Go to', title: 'Reproduce', hint: 'published tables', to: '/reproduce' },
      ...reproduce.list.map(({ id, name, data }) => ({
        id: `reproduce.${id}`,
        group: 'Go to' as const,
        title: name,
        hint: data,
        to: `/reproduce/${id}`,
      })),
    ]);
  },
  menu: [{ menu: 'go', label: 'Reproduce', command: 'reproduce' }],
  jobs: { reproduce: '/reproduce' },
};
