import { inject } from 'vue';
import { BRIDGE, type Bridge } from './bridge.ts';

/** For stores alone: components ask stores. */
export function useBridge(): Bridge {
  const bridge = inject(BRIDGE);
  if (!bridge) throw new Error('The bridge is provided before any store is used.');
  return bridge;
}
