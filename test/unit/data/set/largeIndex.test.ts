import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  emptyColumns,
  fingerprintOf,
  newIndex,
  readIndex,
  writeIndex,
  type DatasetIndex,
  type SplitColumns,
} from '../../../../core/data/set/datasetIndex.ts';
import type { FileTree } from '../../../../core/data/sources/fileTree.ts';
import { imagenet } from '../../../../core/data/readers/imagenet.ts';
import { temporaryFolder } from '../fixtures.ts';

function columnsOf(rows: Iterable<{ path: string; label: number }>): SplitColumns {
  const columns = emptyColumns();
  for (const { path, label } of rows) {
    columns.paths.push(path);
    columns.labels.push(label);
    columns.widths.push(500);
    columns.heights.push(375);
    columns.sizesBytes.push(110_000 + label);
    columns.modifiedMs.push(1_700_000_000_000);
    columns.contentKeys?.push(label + 2);
  }
  return columns;
}

describe('index', () => {
  const names = ['plain', 'quo"te', 'back\\slash', 'naïve', 'line\nbreak', '猫'];
  const index: DatasetIndex = {
    ...newIndex('files'),
    splits: {
      train: columnsOf(
        Array.from({ length: 40_000 }, (_, i) => ({
          path: `${names[i % 6]}/${(i * 7919) % 40_000}.png`,
          label: i % 123,
        })),
      ),
      test: columnsOf([
        { path: 'unlabelled.png', label: -1 },
        { path: 'a.png', label: 1 },
        { path: 'b.png', label: 12 },
      ]),
    },
    otherFiles: { paths: ['z.txt', 'a.txt'], sizesBytes: [3, -1], modifiedMs: [4, -1] },
  };

  it('its fingerprint is the SHA-256 of all lines, sorted', () => {
    const lines = (['train', 'test'] as const).flatMap((split) =>
      (index.splits[split]?.paths ?? []).map((path, i) => {
        const { labels, sizesBytes, modifiedMs } = index.splits[split] as SplitColumns;
        return JSON.stringify([split, labels[i], path, sizesBytes[i], modifiedMs[i]]);
      }),
    );
    lines.push('["",-1,"z.txt",3,4]', '["",-1,"a.txt",-1,-1]');
    const hash = createHash('sha256');
    for (const line of lines.sort()) hash.update(`${line}\n`);
    expect(fingerprintOf(index)).toBe(hash.digest('hex'));
  });

  it('reads back as written', () => {
    const folder = temporaryFolder();
    writeIndex(folder, index);
    expect(readIndex(folder)).toEqual(index);
  });
});

describe('1.25 million pictures', () => {
  beforeEach((context) => {
    if (process.env['QUORUM_SLOW'] !== '1') context.skip('takes long: set QUORUM_SLOW=1');
  });

  it('scan, index, fingerprint and file take less than 300 MB', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const synsets = Array.from({ length: 1000 }, (_, i) => `n${10_000_000 + i * 37}`);
    const tree: FileTree = {
      root: '/data',
      closed: false,
      has: (path) => /^(train|val)(\/n|$)/.test(path),
      file: (path) => path,
      within: () => tree,
      list: (folder) => ({
        folders: folder === 'train' || folder === 'val' ? synsets : [],
        others: [],
        broken: [],
        litter: 0,
        pictures: folder.includes('/')
          ? Array.from(
              { length: folder.startsWith('train/') ? 1200 : 50 },
              (_, i) => `${folder.slice(folder.indexOf('/') + 1)}_${i}.JPEG`,
            )
          : [],
      }),
    };
    const live = (): number => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return (heapUsed + external) / 2 ** 20;
    };
    const before = live();
    const scan = imagenet.scan(tree, { val: 0.2, test: 0, seed: 0 });
    const entries = [...scan.entries];
    const index: DatasetIndex = {
      ...newIndex('files'),
      splits: {
        train: columnsOf(entries.filter(({ split }) => split === 'train')),
        val: columnsOf(entries.filter(({ split }) => split === 'val')),
      },
    };
    const folder = temporaryFolder();
    writeIndex(folder, index);
    expect(fingerprintOf(index)).toHaveLength(64);
    expect(entries).toHaveLength(1_250_000);
    const used = live() - before;
    process.stdout.write(`live memory of scan and index: ${used.toFixed(0)} MiB\n`);
    expect(used).toBeLessThan(300);
  });
});
