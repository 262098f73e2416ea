/** Devices in words: what can be chosen, and what GPUs do at the moment. */
import type { HostInfo } from '../../contract/api/home.ts';
import { cardOf, type DeviceChoice, gpuChoice } from '../../contract/deviceChoice.ts';
import { SETTINGS } from '../../contract/settings.ts';
import { bytes, fixed, percent } from './numbers.ts';

export type GpuState = HostInfo['gpus'][number];

export interface DeviceOption {
  readonly value: DeviceChoice;
  readonly label: string;
}

/** What a select of devices offers; a GPU that was chosen and is not there stays. */
export function deviceOptions(gpus: readonly GpuState[], chosen: DeviceChoice): DeviceOption[] {
  const cards = gpus.map((gpu): DeviceOption => ({ value: gpuChoice(gpu.uuid), label: cardWords(gpu) }));
  const card = cardOf(chosen);
  const gone =
    card === null || gpus.some(({ uuid }) => uuid === card) ? [] : [{ value: chosen, label: `${card} (not there)` }];
  return SETTINGS.device.choices.flatMap((kind) => (kind.value === 'gpu' ? [kind, ...cards, ...gone] : [kind]));
}

function cardWords({ index, name, memoryBytes, leftAlone }: GpuState): string {
  return `GPU ${index}: ${name}, ${bytes(memoryBytes)}${leftAlone ? ' (left alone)' : ''}`;
}

/** Load, memory and temperature, as far as the driver tells. */
export function gpuLoadWords({ utilization, usedBytes, memoryBytes, temperatureC }: GpuState): string {
  return [
    utilization === null ? '' : `${percent(utilization, 0)} %`,
    usedBytes === null ? bytes(memoryBytes) : `${bytes(usedBytes)} of ${bytes(memoryBytes)}`,
    temperatureC === null ? '' : `${fixed(temperatureC, 0)} °C`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** How many of the GPUs that Quorum may use compute for it; null without any. */
export function gpusBusyWords(gpus: readonly GpuState[]): string | null {
  const usable = gpus.filter(({ leftAlone }) => !leftAlone);
  if (usable.length === 0) return null;
  const busy = usable.filter(({ work }) => work !== null).length;
  if (usable.length === 1) return busy === 1 ? 'GPU busy' : 'GPU free';
  return `${busy} of ${usable.length} GPUs busy`;
}
