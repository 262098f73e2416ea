/** `quorum dataset duplicates`. */
import type { Command } from 'commander';
import type { DuplicateReport, OverlayChange } from '../../../contract/dataset.ts';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

const GROUPS_SHOWN = 20;
const IMAGES_SHOWN = 6;

export function addDatasetDuplicatesCommand(dataset: Command): void {
  dataset
    .command('duplicates <dataset>')
    .description('Find exact and near duplicates, within and across splits.')
    .option('--exclude-leaked', 'exclude the images of val and test that are in train as well ("include" undoes it)')
    .action((text: string, { excludeLeaked = false }: { excludeLeaked?: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        const report = await session.studio.datasets.duplicates(text, session.work);
        const changes = excludeLeaked ? leakedImages(report) : [];
        if (changes.length > 0) await session.studio.datasets.overlay(text, changes);
        session.print(
          report,
          [describeDuplicates(report), ...(excludeLeaked ? [`${changes.length} images left out`] : [])].join('\n'),
        );
      }),
    );
}

function leakedImages({ groups }: DuplicateReport): OverlayChange[] {
  const leaked = groups
    .filter(({ pictures }) => pictures.some((picture) => picture.split === 'train'))
    .flatMap(({ pictures }) => pictures.filter((picture) => picture.split !== 'train'));
  return [...new Map(leaked.map(({ split, path }) => [`${split}/${path}`, { split, path, exclude: true }])).values()];
}

function describeDuplicates({ compared, plain, groups, leaked }: DuplicateReport): string {
  const count = (kind: 'exact' | 'near'): number => groups.filter((group) => group.kind === kind).length;
  const lines = [
    `${compared} images compared: ${count('exact')} groups of equal ones, ${count('near')} of nearly equal ones` +
      (plain > 0 ? `; ${plain} too plain to compare by their looks` : ''),
    ...(['val', 'test'] as const).map(
      (split) =>
        `${split}: ${leaked[split].exact.length} images are also in train, ${leaked[split].near.length} nearly`,
    ),
    ...groups.slice(0, GROUPS_SHOWN).map(describeGroup),
    ...(groups.length > GROUPS_SHOWN ? [`  … ${groups.length - GROUPS_SHOWN} more groups; --json lists all`] : []),
  ];
  return lines.map(printable).join('\n');
}

function describeGroup({ kind, differentLabels, pictures }: DuplicateReport['groups'][number]): string {
  const similarity = `${kind === 'exact' ? 'equal' : 'near '}${differentLabels ? ' (different classes)' : ''}`;
  const names = pictures.slice(0, IMAGES_SHOWN).map(({ split, path }) => `${split}: ${path}`);
  if (pictures.length > IMAGES_SHOWN) names.push(`… ${pictures.length - IMAGES_SHOWN} more`);
  return `  ${similarity}  ${names.join(', ')}`;
}
