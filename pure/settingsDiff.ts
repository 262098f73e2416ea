/** A spec as flat settings, named as in the contract: what tables, differences and axes are made of. */
export type Setting = string | number | boolean | null;

/** Path and value of everything that is no long list; lists of up to eight are written out. */
export function flattenSettings(value: unknown, prefix = ''): [string, Setting][] {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [[prefix, value]];
  if (Array.isArray(value))
    return [
      [
        prefix,
        value.length > 8 || value.some((item) => typeof item === 'object')
          ? `${value.length} values`
          : value
              .map((item) => (typeof item === 'number' ? String(Number(item.toPrecision(5))) : String(item)))
              .join(', '),
      ],
    ];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => flattenSettings(inner, prefix ? `${prefix}.${key}` : key));
}

const flattened = new WeakMap<object, readonly [string, Setting][]>();

/**
 * `flattenSettings` of a frozen spec, done once: tables of hundreds of runs ask for it whenever one of them changes.
 */
export function settingsOf(spec: object): readonly [string, Setting][] {
  const known = flattened.get(spec);
  if (known) return known;
  const settings = flattenSettings(spec);
  flattened.set(spec, settings);
  return settings;
}

/** Settings that no comparison is about. */
const IDENTITY = /^(name|datasetFingerprint|dataFingerprint|group|resumedWith|branchedFrom(\..*)?)$/;

export interface DiffRow {
  readonly setting: string;
  readonly values: readonly (Setting | undefined)[];
  readonly differs: boolean;
}

/** Every setting of several specs side by side. */
export function settingsDiff(specs: readonly unknown[]): DiffRow[] {
  const flat = specs.map((spec) => new Map(flattenSettings(spec)));
  const names = [...new Set(flat.flatMap((one) => [...one.keys()]))].filter((name) => !IDENTITY.test(name));
  return names.map((setting) => {
    const values = flat.map((one) => one.get(setting));
    return { setting, values, differs: values.some((value) => value !== values[0]) };
  });
}
