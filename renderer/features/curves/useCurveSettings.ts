import type { Ref } from 'vue';
import type { CurveSettings } from './curveSettings.ts';
import { storedChoice } from '../../ui/composables/storedChoice.ts';

const DEFAULT: CurveSettings = { axis: 'epoch', smoothing: 0, logLoss: false, logLr: false, train: true };

function fits(value: unknown): value is CurveSettings {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(DEFAULT).every(([key, own]) => key in value && typeof Reflect.get(value, key) === typeof own)
  );
}

/** The same choice for every chart of curves. */
export function useCurveSettings(): Ref<CurveSettings> {
  return storedChoice('curves', DEFAULT, fits);
}
