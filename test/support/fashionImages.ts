/** Part of the shipped Fashion-MNIST sample as a folder of the test's own, so that importing it takes no time. */
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const SAMPLE = fileURLToPath(new URL('../../resources/samples/fashion-mnist-mini/', import.meta.url));
/** Where the images of a split are taken from. */
const SOURCES = { train: 'train', val: 'test', test: 'test' } as const;
type Split = keyof typeof SOURCES;

export const FASHION_CLASSES: readonly string[] = readdirSync(join(SAMPLE, 'train')).sort();

export interface FashionPart {
  /** The sample's classes; where they are to have other names, the sample's class under each. All where not given. */
  readonly classes?: readonly string[] | Readonly<Record<string, string>>;
  /** How many images of each class, by split; the first ones by name. */
  readonly images: Partial<Record<Split, number>>;
}

/** Copies them to `folder/<split>/<class>/<file>`, and returns these paths, relative to `folder`. */
export function copyFashionImages(folder: string, { classes = FASHION_CLASSES, images }: FashionPart): string[] {
  const sourceOf = Array.isArray(classes)
    ? Object.fromEntries((classes as readonly string[]).map((name) => [name, name]))
    : (classes as Readonly<Record<string, string>>);
  return (Object.entries(images) as [Split, number][]).flatMap(([split, count]) =>
    Object.entries(sourceOf).flatMap(([name, source]) => {
      const from = join(SAMPLE, SOURCES[split], source);
      mkdirSync(join(folder, split, name), { recursive: true });
      return readdirSync(from)
        .sort()
        .slice(0, count)
        .map((file) => {
          cpSync(join(from, file), join(folder, split, name, file));
          return posix.join(split, name, file);
        });
    }),
  );
}
