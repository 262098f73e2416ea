/** Settings by their path in a request: `optimizer.momentum`. */
export type SettingTree = Readonly<Record<string, unknown>>;

export function isSettingTree(value: unknown): value is SettingTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined where nothing stands there. */
export function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isSettingTree(inner) ? inner[key] : undefined), tree);
}

/** A copy with `value` there; what it is a part of is made where it is missing. */
export function withValueAt(tree: SettingTree, path: string, value: unknown): SettingTree {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...tree, [key]: value };
  const inner = tree[key];
  return { ...tree, [key]: withValueAt(isSettingTree(inner) ? inner : {}, rest.join('.'), value) };
}

/** The path of what the setting is a part of; null for one that stands alone. */
export function parentOf(path: string): string | null {
  const cut = path.lastIndexOf('.');
  return cut < 0 ? null : path.slice(0, cut);
}
