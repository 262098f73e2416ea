import { computed, type ComputedRef } from 'vue';
import { useTheme } from 'vuetify';
import type { Settings } from '../../../contract/api/settings.ts';
import type { DeviceKind } from '../../../contract/deviceChoice.ts';
import type { Command } from '../shell/commandsStore.ts';
import { useHostStore } from '../shell/hostStore.ts';
import { useNoticesStore } from '../shell/noticesStore.ts';
import { useSettingsStore } from './settingsStore.ts';

/** What a kind of device is called in a command. */
const DEVICE_WORDS: Readonly<Record<DeviceKind, string>> = {
  auto: 'Auto (best available)',
  gpu: 'Any GPU',
  cpu: 'CPU',
  wasm: 'CPU, wasm (slow)',
};
const DEVICES = Object.keys(DEVICE_WORDS) as DeviceKind[];
const SECTIONS = [
  'Threads per job',
  'Engine: install, test',
  'GPUs and lanes',
  'Data and disk',
  'Folders this host may read',
  'Keyboard',
];

export function useSettingsCommands(): ComputedRef<readonly Command[]> {
  const store = useSettingsStore();
  const host = useHostStore();
  const notices = useNoticesStore();
  const theme = useTheme();
  const set = (id: string, title: string, change: Partial<Settings>): Command => ({
    id: `set.${id}`,
    group: 'Setting',
    title,
    hint: 'settings',
    do: () => store.change(change),
  });
  async function clearCache(): Promise<void> {
    await host.clearCache();
    notices.say('Thumbnails and exports are removed; they are made again when needed.');
  }
  return computed((): Command[] => {
    const asks = store.settings?.askBeforeQuit ?? true;
    return [
      { id: 'settings', group: 'Go to', title: 'Settings', to: '/settings' },
      ...(['dark', 'light', 'system'] as const).map((choice) => set(choice, `Theme: ${choice}`, { theme: choice })),
      {
        id: 'theme.toggle',
        group: 'Setting',
        title: 'Switch between dark and light',
        do: () => store.change({ theme: theme.current.value.dark ? 'light' : 'dark' }),
      },
      ...DEVICES.map((device) => set(device, `Device of new runs: ${DEVICE_WORDS[device]}`, { device })),
      set('ask', asks ? 'Quit without asking while a run trains' : 'Ask before quitting while a run trains', {
        askBeforeQuit: !asks,
      }),
      { id: 'set.cache', group: 'Setting', title: 'Clear cache', hint: 'thumbnails, exports', do: clearCache },
      ...SECTIONS.map((title) => ({
        id: `set.${title}`,
        group: 'Setting' as const,
        title,
        hint: 'settings',
        to: '/settings',
      })),
    ];
  });
}
