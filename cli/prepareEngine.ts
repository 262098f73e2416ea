/**
 * The engine is there before the first job: installed with progress when it is not. A slower one is the user's choice.
 */
import { StudioError } from '../contract/errors.ts';
import type { DeviceChoice } from '../contract/deviceChoice.ts';
import { placeOf } from '../contract/place.ts';
import type { RunSpec } from '../contract/runSpec.ts';
import type { InstallOptions } from '../core/studio/engine/engine.ts';
import type { Session } from './session.ts';

/** @throws {StudioError} `engine.…`, `file.…`: it cannot be had; the remedy names the command that does without */
export async function prepareEngine(session: Session, device: DeviceChoice = 'auto'): Promise<void> {
  const { notice } = await session.studio.engine.ensure(device, installOptions(session)).catch((error: unknown) => {
    throw withChoice(error);
  });
  session.progress.end();
  if (notice) session.progress.say(notice);
}

/** For a run; one that trains at another place needs no engine here. @throws {StudioError} as `prepareEngine` does */
export async function prepareEngineOf(session: Session, spec: Pick<RunSpec, 'device' | 'place'>): Promise<void> {
  if (placeOf(spec) === null) await prepareEngine(session, spec.device);
}

const CHOICES: Readonly<Record<string, string>> = {
  cpu: 'Or compute without the GPU: quorum engine allow cpu.',
  wasm: 'Or compute with the slow engine: quorum engine allow wasm.',
};

/** The error with the command that allows what could compute instead. */
export function withChoice(error: unknown): unknown {
  if (!(error instanceof StudioError)) return error;
  const fallback = error.details?.['fallback'];
  const choice = typeof fallback === 'string' ? CHOICES[fallback] : undefined;
  if (choice === undefined) return error;
  return new StudioError(error.code, error.message, {
    remedy: error.remedy === undefined ? choice : `${error.remedy} ${choice}`,
    ...(error.details && { details: error.details }),
    cause: error,
  });
}

/** Progress and Ctrl-C for an installation. */
export function installOptions({ progress, interrupts }: Session): InstallOptions {
  return {
    signal: interrupts.signal,
    onProgress: ({ stage, label, done, total, perSec, secondsLeft }) =>
      progress.update({ stage: `${stage} ${label}`, done, total, perSec, secondsLeft, unit: 'B/s' }),
  };
}
