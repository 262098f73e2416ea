/** What `quorum train --resume RUN` may change, as options say it. */
import { StudioError } from '../../contract/errors.ts';
import { RESUMED_SETTINGS, type SettingsOnResume } from '../../contract/settings/resumedRun.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import { type TrainOptions, withoutSynonyms } from '../trainRequest.ts';
import { optionFlag, pathOfOption, settingsOf } from './settingOptions.ts';

/** Options that say which run is resumed, and how it is followed. */
const NO_CHANGE: ReadonlySet<string> = new Set(['resume', 'place']);

/**
 * The settings that change; null where no option names any.
 * @throws {StudioError} input.invalid: naming every option that cannot change in a run that has begun
 */
export function changesOnResume(given: TrainOptions, spec: RunSpec): SettingsOnResume | null {
  const options = withoutSynonyms(given);
  const names = Object.entries(options).flatMap(([option, value]) =>
    value === undefined || NO_CHANGE.has(option) ? [] : [option],
  );
  const fixed = names.filter((option) => !RESUMED_SETTINGS.some((setting) => isPartOf(pathOfOption(option), setting)));
  if (fixed.length > 0)
    throw new StudioError('input.invalid', `${fixed.map(optionFlag).join(', ')} cannot change when a run is resumed.`, {
      remedy:
        'These can: epochs, learning rate, schedule, warm-up, early stopping, time limit, kept checkpoints, weight ' +
        'decay, clipping, label smoothing, accumulation, device, place, a shared processor. For others start a new ' +
        'run from its weights: quorum train --init RUN@last …',
    });
  if (names.length === 0 && options.place === undefined) return null;
  const changed = { ...settingsOf(options, spec), ...(options.place !== undefined && { place: options.place }) };
  return Object.fromEntries(RESUMED_SETTINGS.map((setting) => [setting, Reflect.get(changed, setting)]));
}

function isPartOf(path: string | null, setting: string): boolean {
  return path === setting || (path?.startsWith(`${setting}.`) ?? false);
}
