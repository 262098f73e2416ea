/** In which order jobs compute that were asked for in this host. */
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import type { StudioContext } from '../context.ts';

/**
 * On the processor they go one after another; each GPU's lane gives them their turns itself.
 * @throws {StudioError} `engine.noGpu`
 */
export async function computeTurn({ lanes }: StudioContext, devices: readonly DeviceChoice[]): Promise<string | null> {
  for (const device of devices) if ((await lanes.kindOf(device)) === 'cpu') return 'compute';
  return null;
}
