/** The user guide, in the window: its chapters are docs/guide. */
import { mdiHelpCircleOutline } from '@mdi/js';
import { computed } from 'vue';
import type { Feature } from '../feature.ts';
import { CHAPTERS } from './chapters.ts';

export const feature: Feature = {
  name: 'guide',
  order: 105,
  place: { title: 'Guide', path: '/guide', icon: mdiHelpCircleOutline, foot: true },
  pages: [{ path: '/guide/:chapter?', name: 'guide', title: 'Guide', view: () => import('./GuideView.vue') }],
  commands: () =>
    computed(() =>
      CHAPTERS.map(({ id, title }) => ({
        id: `guide.${id}`,
        group: 'Go to' as const,
        title: `Guide: ${title}`,
        hint: 'help',
        to: `/guide/${id}`,
      })),
    ),
  menu: [{ menu: 'help', label: 'Guide', command: 'guide.README' }],
};
