/** The engine is there before the first job: installed with progress when it is not, or the fallback is said aloud. */
import type { DeviceChoice } from '../contract/runSpec.ts';
import type { InstallOptions } from '../core/studio/engine/engine.ts';
import type { Session } from './session.ts';

/** @throws StudioError `engine.…` when the device was asked for by name and cannot be had */
export async function prepareEngine(session: Session, device: DeviceChoice = 'auto'): Promise<void> {
  const { notice } = await session.studio.engine.ensure(device, installOptions(session));
  session.progress.end();
  if (notice) session.progress.say(notice);
}

/** Progress and Ctrl-C for an installation. */
export function installOptions({ progress, interrupts }: Session): InstallOptions {
  return {
    signal: interrupts.signal,
    onProgress: ({ stage, label, done, total, bytesPerSec, secondsLeft }) =>
      progress.update({ stage: `${stage} ${label}`, done, total, perSec: bytesPerSec ?? 0, secondsLeft, unit: 'B/s' }),
  };
}
