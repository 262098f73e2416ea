/** The frame around every page: palette, notices, running jobs, and the address that leads nowhere. */
import type { Feature } from '../feature.ts';
import { useShellCommands } from './useShellCommands.ts';

export const feature: Feature = {
  name: 'shell',
  order: 120,
  pages: [
    {
      path: '/:rest(.*)*',
      name: 'nowhere',
      title: 'Page not found',
      view: () => import('./NowhereView.vue'),
      place: '',
    },
  ],
  commands: useShellCommands,
  menu: [
    { menu: 'go', label: 'Command palette', command: 'palette', accelerator: 'CmdOrCtrl+K' },
    { menu: 'help', label: 'About Quorum', command: 'about' },
  ],
};
