/** How a row's network is trained: its own recipe, or the preset that it names. */
import type { PresetSettings } from '../../../contract/api/runs/presets.ts';
import type { ReproductionRow } from '../../../contract/results/reproduction.ts';
import { findPreset } from '../runs/presets.ts';

/** Null where only published weights count. @throws {StudioError} input.invalid: no such preset */
export function recipeOf({ recipe, preset }: ReproductionRow): Omit<PresetSettings, 'model'> | null {
  if (recipe) return recipe;
  if (preset === null) return null;
  const [settings] = findPreset(preset).settings;
  if (!settings) return null;
  const { model: _model, ...rest } = settings;
  return rest;
}
