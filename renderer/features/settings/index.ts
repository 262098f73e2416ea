/** Settings: engine, appearance, disk, keys. */
import { mdiCogOutline } from '@mdi/js';
import type { Feature } from '../feature.ts';
import { useSettingsCommands } from './useSettingsCommands.ts';

export const feature: Feature = {
  name: 'settings',
  order: 110,
  place: { title: 'Settings', path: '/settings', icon: mdiCogOutline, foot: true },
  pages: [{ path: '/settings', name: 'settings', title: 'Settings', view: () => import('./SettingsView.vue') }],
  commands: useSettingsCommands,
  menu: [
    { menu: 'file', label: 'Settings', command: 'settings', accelerator: 'CmdOrCtrl+,' },
    { menu: 'view', label: 'Dark or light', command: 'theme.toggle', accelerator: 'CmdOrCtrl+Shift+L' },
  ],
  jobs: { installEngine: '/settings', testEngine: '/settings' },
  stages: {
    wait: 'Waiting for another installation',
    download: 'Downloading',
    verify: 'Verifying',
    unpack: 'Unpacking',
    compile: 'Compiling',
    engine: 'Starting the engine',
  },
};
