/** What shall compute, as a run request, a setting or `--device` says it. */
import { z } from 'zod';

export const DeviceKind = z.enum(['auto', 'cpu', 'gpu', 'wasm']);
export type DeviceKind = z.infer<typeof DeviceKind>;

/** One GPU by the UUID that its driver gives it: `gpu:GPU-8a56…`. */
const ThisGpu = z.templateLiteral(['gpu:', z.string().regex(/^[A-Za-z]+-[0-9A-Za-z-]{1,80}$/)]);

/** `gpu` is any GPU; `auto` the best there is. */
export const DeviceChoice = z.union([DeviceKind, ThisGpu], {
  error: 'expected auto, cpu, gpu, wasm, or gpu: with a UUID',
});
export type DeviceChoice = z.infer<typeof DeviceChoice>;

const PREFIX = 'gpu:';

/** The choice of the GPU with that UUID. */
export function gpuChoice(uuid: string): DeviceChoice {
  return `${PREFIX}${uuid}`;
}

export function kindOf(device: DeviceChoice): DeviceKind {
  return device.startsWith(PREFIX) ? 'gpu' : (device as DeviceKind);
}

/** UUID of the GPU that was chosen; null where any will do. */
export function cardOf(device: DeviceChoice): string | null {
  return device.startsWith(PREFIX) ? device.slice(PREFIX.length) : null;
}
