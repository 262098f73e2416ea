/** The command line's program: all commands, and what becomes of their errors. */
import { Command } from 'commander';
import { addBenchCommand } from './commands/bench.ts';
import { addDatasetCommand } from './commands/dataset/dataset.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addEngineCommand } from './commands/engine/engine.ts';
import { addEnsembleCommand } from './commands/ensemble/ensemble.ts';
import { addEvaluateCommand } from './commands/evaluate/evaluate.ts';
import { addFetchCommand } from './commands/fetch.ts';
import { addFigureCommand } from './commands/figure.ts';
import { addJobCommand } from './commands/job.ts';
import { addModelsCommand } from './commands/models.ts';
import { addPlacesCommand } from './commands/places/places.ts';
import { addPredictCommand } from './commands/predict.ts';
import { addProtocolCommand } from './commands/protocol/protocol.ts';
import { addQueueCommand } from './commands/queue/queue.ts';
import { addReportCommands } from './commands/report.ts';
import { addReproduceCommand } from './commands/reproduce.ts';
import { addRunsCommand } from './commands/runs/runs.ts';
import { addServeCommand } from './commands/serve.ts';
import { addTrainCommand } from './commands/train.ts';
import { addTimeCommand } from './commands/time.ts';
import { addWeightsCommand } from './commands/weights/weights.ts';
import { resolveDevice } from './options/deviceOption.ts';
import { commandName, rewritePublishedOptions } from './options/publishedOptions.ts';
import { reportError } from './reportError.ts';
import packageCard from '../package.json' with { type: 'json' };

/** All commands, without running any. */
export function createProgram(): Command {
  const program = new Command('quorum')
    .description('Train image classifiers, let them vote, export the predictions.')
    .version(packageCard.version)
    .option('--data-dir <folder>', 'where data sets and runs are kept (also QUORUM_HOME)')
    .option('--json', 'the result as JSON on stdout, progress as JSON lines on stderr')
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .hook('preAction', (_, action) => resolveDevice(action));
  addDatasetCommand(program);
  addModelsCommand(program);
  addTrainCommand(program);
  addRunsCommand(program);
  addQueueCommand(program);
  addPlacesCommand(program);
  addJobCommand(program);
  addPredictCommand(program);
  addEvaluateCommand(program);
  addProtocolCommand(program);
  addWeightsCommand(program);
  addFetchCommand(program);
  addReproduceCommand(program);
  addFigureCommand(program);
  addReportCommands(program);
  addTimeCommand(program);
  addEnsembleCommand(program);
  addEngineCommand(program);
  addBenchCommand(program);
  addDemoCommand(program);
  addServeCommand(program);
  return program;
}

/** Runs one command line (without `node` and the script); its exit code is in `process.exitCode`. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(commandName(args) === 'train' ? rewritePublishedOptions(args) : args, {
      from: 'user',
    });
  } catch (error) {
    const code = reportError(error, args.includes('--json'));
    // A Ctrl-C on the way outweighs what it led to.
    process.exitCode ??= code;
  }
}
