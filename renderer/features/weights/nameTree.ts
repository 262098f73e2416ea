/** Names with parts between slashes and dots as a tree, written as lines. */
export interface TreeLine<T> {
  /** Full name of a leaf; of a branch its path. */
  readonly key: string;
  readonly label: string;
  readonly depth: number;
  /** Null of a branch. */
  readonly leaf: T | null;
  /** Everything below a branch; of a leaf itself. */
  readonly leaves: readonly T[];
  readonly open: boolean;
}

interface Branch<T> {
  readonly path: string;
  readonly children: Map<string, Branch<T>>;
  readonly leaves: T[];
  /** A name that ends here; its path has no separator at its end, so nothing lies below it. */ leaf: T | null;
}

/**
 * In the order of the items; branches with one child alone are written with it.
 * @param folded paths of branches that are shut
 */
export function treeLines<T extends { readonly name: string }>(
  items: readonly T[],
  folded: ReadonlySet<string>,
): TreeLine<T>[] {
  const root: Branch<T> = { path: '', children: new Map(), leaves: [], leaf: null };
  for (const item of items) {
    let at = root;
    // separators stay with what they follow, so that paths are names' beginnings
    for (const part of item.name.match(/[^/.]+[/.]*|[/.]+/g) ?? [item.name]) {
      let next = at.children.get(part);
      if (!next) at.children.set(part, (next = { path: at.path + part, children: new Map(), leaves: [], leaf: null }));
      next.leaves.push(item);
      at = next;
    }
    at.leaf = item;
  }
  const lines: TreeLine<T>[] = [];
  const write = (branch: Branch<T>, label: string, depth: number): void => {
    const [only] = branch.children.values();
    if (only && branch.children.size === 1) {
      write(only, label + only.path.slice(branch.path.length), depth);
      return;
    }
    if (branch.leaf !== null) {
      lines.push({ key: branch.path, label, depth, leaf: branch.leaf, leaves: [branch.leaf], open: false });
      return;
    }
    const open = !folded.has(branch.path);
    lines.push({
      key: branch.path,
      label: label.replace(/[/.]+$/, ''),
      depth,
      leaf: null,
      leaves: branch.leaves,
      open,
    });
    if (open)
      for (const child of branch.children.values()) write(child, child.path.slice(branch.path.length), depth + 1);
  };
  for (const child of root.children.values()) write(child, child.path, 0);
  return lines;
}

/** Paths of all branches. */
export function branchPaths<T extends { readonly name: string }>(items: readonly T[]): string[] {
  return treeLines(items, new Set())
    .filter(({ leaf }) => leaf === null)
    .map(({ key }) => key);
}
