/**
 * Settings that a preset or an earlier run has and the form has no field for: they are kept, unless the form
 * contradicts them later.
 */
import type { PresetSettings } from '../../../contract/api/runs/presets.ts';
import type { RunRequestInput } from '../../../contract/runSpec.ts';
import { isSettingTree, type SettingTree } from '../../../pure/settingPath.ts';

export interface SettingBeyond {
  readonly path: readonly string[];
  readonly value: unknown;
  /** What the form said there when it was filled; once it says otherwise, the form is right. */
  readonly shown: unknown;
  /** Of the optimizer or schedule that the setting belongs to. */
  readonly kind: unknown;
}

/** Where, on what and from which weights a run computes is the form's own affair. */
const OWN = new Set(['name', 'dataset', 'device', 'place', 'shareProcessor', 'seed', 'limit', 'group', 'fineTuning']);

/** Where `settings` say something else than `shown`, the form's own request, or say more. */
export function settingsBeyond(settings: PresetSettings | RunRequestInput, shown: RunRequestInput): SettingBeyond[] {
  return differences(settings as SettingTree, shown as unknown as SettingTree).filter(
    ({ path }) => !OWN.has(path[0] ?? ''),
  );
}

function differences(settings: SettingTree, shown: SettingTree, path: readonly string[] = []): SettingBeyond[] {
  return Object.entries(settings).flatMap(([key, value]): SettingBeyond[] => {
    const here = shown[key];
    if (value === undefined || same(value, here)) return [];
    if (isSettingTree(value) && isSettingTree(here)) return differences(value, here, [...path, key]);
    return [{ path: [...path, key], value, shown: here, kind: shown['kind'] }];
  });
}

/** The form's request with what goes beyond it, where that still has a place. */
export function withBeyond(request: RunRequestInput, beyond: readonly SettingBeyond[]): RunRequestInput {
  return beyond.reduce<SettingTree>(
    (made, setting) => put(made, setting.path, setting),
    request as unknown as SettingTree,
  ) as unknown as RunRequestInput;
}

function put(target: SettingTree, [key = '', ...rest]: readonly string[], setting: SettingBeyond): SettingTree {
  const inner = target[key];
  if (rest.length > 0) return isSettingTree(inner) ? { ...target, [key]: put(inner, rest, setting) } : target;
  return same(inner, setting.shown) && target['kind'] === setting.kind ? { ...target, [key]: setting.value } : target;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
