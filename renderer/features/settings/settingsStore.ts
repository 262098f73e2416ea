/** What the user chose once, the same in every window. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Settings } from '../../../contract/api/settings.ts';
import type { PlaceFinding } from '../../../contract/place.ts';
import { useBridge } from '../../bridge/useBridge.ts';

export const useSettingsStore = defineStore('settings', () => {
  const { api, onEvent } = useBridge();
  const settings = shallowRef<Settings | null>(null);
  onEvent((event) => {
    if (event.type === 'settings') settings.value = event.settings;
  });
  return {
    settings,
    /** What is there and what is missing. */
    checkPlace: async (name: string): Promise<PlaceFinding[]> => (await api.places.check({ name })).findings,
    load: async (): Promise<void> => {
      settings.value = await api.settings.get();
    },
    change: async (change: Partial<Settings>): Promise<void> => {
      settings.value = await api.settings.set(change);
    },
  };
});
