/** `quorum dataset`: data sets and what is known and wanted of single images. One file per subcommand. */
import type { Command } from 'commander';
import { addFetchDataset } from '../fetch.ts';
import { addDatasetChangesCommand } from './changes.ts';
import { addDatasetCheckCommand } from './check.ts';
import { addDatasetDuplicatesCommand } from './duplicates.ts';
import { addDatasetExcludeCommand } from './exclude.ts';
import { addDatasetImportCommand } from './import.ts';
import { addDatasetIncludeCommand } from './include.ts';
import { addDatasetListCommand } from './list.ts';
import { addDatasetRelabelCommand } from './relabel.ts';
import { addDatasetRemoveCommand } from './remove.ts';
import { addDatasetShowCommand } from './show.ts';

export function addDatasetCommand(program: Command): void {
  const dataset = program
    .command('dataset')
    .description('Data sets: import, list, show, check, find duplicates, exclude or relabel images, remove.');
  addDatasetImportCommand(dataset);
  addFetchDataset(dataset);
  addDatasetListCommand(dataset);
  addDatasetShowCommand(dataset);
  addDatasetCheckCommand(dataset);
  addDatasetDuplicatesCommand(dataset);
  addDatasetExcludeCommand(dataset);
  addDatasetIncludeCommand(dataset);
  addDatasetRelabelCommand(dataset);
  addDatasetChangesCommand(dataset);
  addDatasetRemoveCommand(dataset);
}
