/** `quorum places add`. */
import type { Command } from 'commander';
import { StudioError } from '../../../contract/errors.ts';
import { Place } from '../../../contract/place.ts';
import { issueProblem } from '../../../pure/issueWords.ts';
import { placeWords } from '../../../pure/placeWords.ts';
import { wholeNumber } from '../../options/optionValues.ts';
import { withStudio } from '../../session.ts';

interface AddOptions {
  readonly partition?: string;
  readonly account?: string;
  readonly gres?: string;
  readonly time?: string;
  readonly memory?: string;
  readonly constraint?: string;
  readonly cpus?: number;
  readonly saveSeconds?: number;
  readonly dataFolder?: string | null;
  readonly module?: readonly string[];
  readonly program?: string | null;
  readonly installEngine?: boolean;
}

export function addPlacesAddCommand(places: Command): void {
  places
    .command('add <name>')
    .description('Add a Slurm cluster whose commands work on this machine, or change the one of that name.')
    .optionsGroup('What each job asks of Slurm:')
    .option('--partition <name>', 'as of sbatch')
    .option('--account <name>', 'as of sbatch')
    .option('--gres <what>', 'as of sbatch, such as gpu:1')
    .option('--time <limit>', 'as of sbatch: 90 (minutes), 12:00:00, 2-00')
    .option('--memory <amount>', 'as --mem of sbatch, such as 16G')
    .option('--constraint <features>', 'as of sbatch')
    .option('--cpus <n>', 'as --cpus-per-task of sbatch', wholeNumber)
    .option(
      '--save-seconds <n>',
      'seconds before its time limit at which a run saves and requeues itself; default 120',
      wholeNumber,
    )
    .optionsGroup('What the nodes find where:')
    .option('--data-folder <path>', 'the data folder as the nodes see it; default: the same path as here')
    .option('--module <name...>', 'environment modules to load first')
    .option('--program <path>', 'the program quorum there; default: this installation, under the same path')
    .option('--install-engine', 'the first job installs the engine where it is missing')
    .action((name: string, options: AddOptions, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const place = placeOf(name, options);
        const others = (await studio.context.places.list()).filter((other) => other.name !== name);
        await studio.context.places.save([...others, place]);
        print(place, `${name}: ${placeWords(place)}.\nTry it: quorum places check ${name}`);
      }),
    );
}

/** @throws {StudioError} input.invalid: naming each option that does not fit */
function placeOf(
  name: string,
  { dataFolder = null, module: modules = [], program = null, installEngine = false, ...slurm }: AddOptions,
): Place {
  const parsed = Place.safeParse({ name, slurm, dataDir: dataFolder, modules, program, installEngine });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issueProblem(issue)}`);
  throw new StudioError('input.invalid', `The place does not fit: ${problems.join('; ')}.`);
}
