/** `quorum dataset duplicates | exclude | include | relabel | changes`: what is known and wanted of single pictures. */
import { Argument, type Command } from 'commander';
import { type DatasetOverlay, type DuplicateReport, type OverlayChange, Split } from '../../contract/dataset.ts';
import { printable } from '../format.ts';
import { withStudio } from '../session.ts';

const GROUPS_SHOWN = 20;
const PICTURES_SHOWN = 6;

export function addPictureCommands(dataset: Command): void {
  dataset
    .command('duplicates <dataset>')
    .description('Pictures that are there twice or nearly so, within and across splits.')
    .option(
      '--exclude-leaked',
      'leave out those pictures of val and test that are in train as well (taken back by "include")',
    )
    .action((text: string, { excludeLeaked = false }: { excludeLeaked?: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        const report = await session.studio.datasets.duplicates(text, session.work);
        const changes = excludeLeaked ? leakedPictures(report) : [];
        if (changes.length > 0) await session.studio.datasets.overlay(text, changes);
        session.print(
          report,
          [describeDuplicates(report), ...(excludeLeaked ? [`${changes.length} pictures left out`] : [])].join('\n'),
        );
      }),
    );
  const change = async (command: Command, text: string, changes: readonly OverlayChange[]): Promise<void> =>
    withStudio(command, async (session) => {
      const overlay = await session.studio.datasets.overlay(text, changes);
      session.print(overlay, describeOverlay(overlay));
    });
  const split = (): Argument => new Argument('<split>').choices(Split.options);
  dataset
    .command('exclude <dataset>')
    .addArgument(split())
    .argument('<pictures...>')
    .description('Leave pictures out from now on; files and packed caches stay.')
    .action((text: string, name: Split, pictures: string[], _options: unknown, command: Command) =>
      change(
        command,
        text,
        pictures.map((path) => ({ split: name, path, exclude: true })),
      ),
    );
  dataset
    .command('include <dataset>')
    .addArgument(split())
    .argument('<pictures...>')
    .description('Take pictures back as they were imported.')
    .action((text: string, name: Split, pictures: string[], _options: unknown, command: Command) =>
      change(
        command,
        text,
        pictures.map((path) => ({ split: name, path, exclude: false })),
      ),
    );
  dataset
    .command('relabel <dataset>')
    .addArgument(split())
    .argument('<picture>')
    .argument('<class>', 'id of the class')
    .description('Give a picture another class from now on.')
    .action((text: string, name: Split, path: string, label: string, _options: unknown, command: Command) =>
      change(command, text, [{ split: name, path, exclude: false, label }]),
    );
  dataset
    .command('changes <dataset>')
    .description('What was left out or relabelled.')
    .option('--reset', 'take all of it back')
    .action((text: string, { reset = false }: { reset?: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        const overlay = await session.studio.datasets.overlay(text, reset ? null : undefined);
        session.print(overlay, describeOverlay(overlay));
      }),
    );
}

function leakedPictures({ groups }: DuplicateReport): OverlayChange[] {
  const leaked = groups
    .filter(({ pictures }) => pictures.some((picture) => picture.split === 'train'))
    .flatMap(({ pictures }) => pictures.filter((picture) => picture.split !== 'train'));
  return [...new Map(leaked.map(({ split, path }) => [`${split}/${path}`, { split, path, exclude: true }])).values()];
}

function describeDuplicates({ compared, plain, groups, leaked }: DuplicateReport): string {
  const count = (kind: 'exact' | 'near'): number => groups.filter((group) => group.kind === kind).length;
  const lines = [
    `${compared} pictures compared: ${count('exact')} groups of equal ones, ` +
      `${count('near')} of nearly equal ` +
      `ones${plain > 0 ? `; ${plain} too plain to compare by their looks` : ''}`,
    ...(['val', 'test'] as const).map(
      (split) =>
        `${split}: ${leaked[split].exact.length} pictures are also in train, ${leaked[split].near.length} nearly`,
    ),
    ...groups.slice(0, GROUPS_SHOWN).map(({ kind, differentLabels, pictures }) => {
      const names = pictures
        .slice(0, PICTURES_SHOWN)
        .map(({ split, path }) => `${split}: ${path}`)
        .join(', ');
      return `  ${kind === 'exact' ? 'equal' : 'near '}${differentLabels ? ' (different classes)' : ''}  ${names}${pictures.length > PICTURES_SHOWN ? `, … ${pictures.length - PICTURES_SHOWN} more` : ''}`;
    }),
    ...(groups.length > GROUPS_SHOWN ? [`  … ${groups.length - GROUPS_SHOWN} more groups; --json lists all`] : []),
  ];
  return lines.map(printable).join('\n');
}

function describeOverlay({ changes }: DatasetOverlay): string {
  if (changes.length === 0) return 'No picture is left out or relabelled.';
  return changes
    .map(({ split, path, exclude, label, refused }) =>
      printable(
        `${split}: ${path}  ${exclude ? 'left out' : ''}${refused === undefined ? '' : ` by Quorum (${refused})`}${exclude && label !== undefined ? ', ' : ''}${label === undefined ? '' : `is ${label}`}`,
      ),
    )
    .join('\n');
}
