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
  readonly ssh?: string;
  readonly slurm?: boolean;
  readonly sshConfig?: string;
  readonly sharedFiles?: boolean;
  readonly lanes?: number;
  readonly dataFolder?: string | null;
  readonly module?: readonly string[];
  readonly program?: string | null;
  readonly installEngine?: boolean;
}

export function addPlacesAddCommand(places: Command): void {
  places
    .command('add <name>')
    .description(
      'Add a Slurm cluster, or a workstation over SSH, or change the place of that name. Without --ssh, Slurm’s ' +
        'commands must work on this machine.',
    )
    .optionsGroup('How it is reached:')
    .option('--ssh <host>', 'a machine as ssh takes it: a name of its configuration, or user@host')
    .option('--ssh-config <path>', 'another configuration of ssh than your own, as of ssh -F')
    .option('--shared-files', 'the data folder is on a file system that both machines share: nothing is copied')
    .option('--slurm', 'with --ssh: the machine is the login node of a Slurm cluster')
    .option('--lanes <n>', 'jobs at once, where there is no Slurm; default 1', wholeNumber)
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
    .optionsGroup('What the jobs find where:')
    .option('--data-folder <path>', 'the data folder there; needed over SSH, else by default the same path as here')
    .option('--module <name...>', 'environment modules to load first')
    .option(
      '--program <path>',
      'the program quorum there; default: this installation, or over SSH the one that a login shell finds',
    )
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
function placeOf(name: string, options: AddOptions): Place {
  const { dataFolder = null, module: modules = [], program = null, installEngine = false, lanes, ...rest } = options;
  const { ssh: host, sshConfig, sharedFiles = false, slurm: isSlurm = host === undefined, ...slurm } = rest;
  if (host === undefined && (sshConfig !== undefined || sharedFiles))
    throw new StudioError('input.invalid', '--ssh-config and --shared-files belong to --ssh.');
  const asked = Object.keys(slurm).map(
    (option) => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  );
  if (!isSlurm && asked.length > 0)
    throw new StudioError('input.invalid', `${asked.join(', ')}: only Slurm takes this.`, {
      remedy: 'Add --slurm where the machine is a login node of a cluster.',
    });
  const parsed = Place.safeParse({
    name,
    slurm: isSlurm ? slurm : null,
    ssh: host === undefined ? null : { host, configFile: sshConfig ?? null, sharesFiles: sharedFiles },
    ...(lanes !== undefined && { lanes }),
    dataDir: dataFolder,
    modules,
    program,
    installEngine,
  });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issueProblem(issue)}`);
  throw new StudioError('input.invalid', `The place does not fit: ${problems.join('; ')}.`);
}
