/** `quorum runs`: look at what was trained, compare it, keep it in order. One file per subcommand. */
import type { Command } from 'commander';
import { addRunsCompareCommand } from './compare.ts';
import { addRunsExportCommand } from './export.ts';
import { addRunsImportCommand } from './import.ts';
import { addRunsListCommand } from './list.ts';
import { addRunNormsCommand } from './norms.ts';
import { addRunsNoteCommand } from './note.ts';
import { addRunRebuildCommand } from './rebuild.ts';
import { addRunsRemoveCommand } from './remove.ts';
import { addRunsRestoreCommand } from './restore.ts';
import { addRunsShowCommand } from './show.ts';
import { addRunsTagCommand } from './tag.ts';
import { addTensorboardCommand } from './tensorboard.ts';
import { addRunsWhatIfCommand } from './whatIf.ts';

export function addRunsCommand(program: Command): void {
  const runs = program
    .command('runs')
    .description('List, show, compare, tag and annotate runs; export, import, remove, restore and rebuild them.');
  addRunsListCommand(runs);
  addRunsShowCommand(runs);
  addRunsCompareCommand(runs);
  addRunNormsCommand(runs);
  addRunsWhatIfCommand(runs);
  addRunsTagCommand(runs);
  addRunsNoteCommand(runs);
  addRunsExportCommand(runs);
  addRunsImportCommand(runs);
  addTensorboardCommand(runs);
  addRunsRemoveCommand(runs);
  addRunsRestoreCommand(runs);
  addRunRebuildCommand(runs);
}
