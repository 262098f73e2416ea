/** `quorum figure`: a chart, a matrix or a wall of images as a file. */
import { Argument, type Command } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import type { FigureQuestion } from '../../contract/results/figure.ts';
import { wholeNumber } from '../options/optionValues.ts';
import { type Session, withStudio } from '../session.ts';

const KINDS = ['curves', 'seeds', 'parallel', 'confusion', 'reliability', 'crop-size', 'samples', 'mistakes'] as const;
type Kind = (typeof KINDS)[number];
const IMAGES_SHOWN = 24;

interface FigureOptions {
  readonly output: string;
  readonly dark?: boolean;
  readonly count?: number;
}

export function addFigureCommand(program: Command): void {
  program
    .command('figure')
    .description('A chart, a matrix or a wall of images as SVG, PNG or CSV.')
    .addArgument(new Argument('<kind>', 'what it shows').choices(KINDS))
    .argument('<of...>', 'runs, an ensemble or evaluations by id; runs by name as well')
    .requiredOption('-o, --output <file>', 'file.svg, file.png (double resolution) or file.csv (the numbers)')
    .option('--dark', 'for a dark background')
    .option('--count <n>', 'images of samples and mistakes; default 24', wholeNumber)
    .action((kind: Kind, of: string[], options: FigureOptions, command: Command) =>
      withStudio(command, async (session) => {
        const question = await questionOf(session, kind, of, options);
        const { title } = await session.studio.figures.write(question, options.output, {
          dark: options.dark ?? false,
        });
        session.print({ file: options.output, title }, `${title}: ${options.output}`);
      }),
    );
}

async function questionOf(
  { studio }: Session,
  kind: Kind,
  of: readonly string[],
  { count }: FigureOptions,
): Promise<FigureQuestion> {
  if (count !== undefined && kind !== 'samples' && kind !== 'mistakes')
    throw new StudioError('input.invalid', `--count is for samples and mistakes; "${kind}" shows no images.`, {
      remedy: 'Leave --count out.',
    });
  if (kind === 'curves' || kind === 'seeds' || kind === 'parallel') return { kind, runs: [...of] };
  if (kind === 'crop-size') return { kind: 'cropSize', evaluations: [...of] };
  const [one, ...others] = of;
  if (one === undefined || others.length > 0)
    throw new StudioError('input.invalid', `The figure "${kind}" is of one run, ensemble or evaluation.`, {
      remedy: 'Name one; several runs vote as an ensemble: quorum ensemble create',
    });
  const { findVotes } = await import('../../core/studio/figures/findVotes.ts');
  const votes = await findVotes(studio.context, one);
  if (kind === 'confusion') return { kind, votes };
  if (kind === 'reliability') {
    const [evaluation, ...more] = votes.predictions;
    if (evaluation !== undefined && more.length === 0) return { kind, evaluation };
    throw new StudioError('input.invalid', 'A vote has no probabilities whose reliability could be drawn.', {
      remedy: 'Name one of its runs.',
    });
  }
  return { kind: 'samples', votes, show: kind === 'mistakes' ? 'wrong' : 'all', count: count ?? IMAGES_SHOWN };
}
