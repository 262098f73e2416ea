/** What a GPU or another device is called wherever one is named. */
import type { GpuInfo } from '../contract/engine.ts';
import type { DeviceReport } from '../contract/run.ts';

/** Such as `GPU 1 (NVIDIA H200)`. */
export function gpuWords({ index, name }: Pick<GpuInfo, 'index' | 'name'>): string {
  return `GPU ${index} (${name})`;
}

/** As `gpuWords` for a GPU whose number is known, else such as `CPU (AMD EPYC 9654)`. */
export function deviceWords({ kind, name, index }: Pick<DeviceReport, 'kind' | 'name' | 'index'>): string {
  return index === undefined ? `${kind.toUpperCase()} (${name})` : gpuWords({ index, name });
}

/** What to say where a run goes on elsewhere than before; null where it is the same device. */
export function movedWords(before: DeviceReport | null, now: DeviceReport): string | null {
  if (!before) return null;
  const sameCard = before.uuid === undefined || now.uuid === undefined || before.uuid === now.uuid;
  if (before.kind === now.kind && before.name === now.name && sameCard) return null;
  return `Continued on ${deviceWords(now)}; before, it trained on ${deviceWords(before)}.`;
}
