/** Images of a data set with the decision on each. */
import type { PredictionFilter } from '../../../contract/api/datasets/imageFigures.ts';
import type { VoteFilter } from '../../../contract/api/ensembles.ts';
import type { FigureQuestion, FigureVote } from '../../../contract/results/figure.ts';
import { imagesInWords } from '../../../contract/evaluation.ts';
import type { VotingRule } from '../../../contract/voting.ts';
import { imageWallSvg } from '../../../pure/figures/imageWall.ts';
import { encodeTile } from '../../data/set/thumbnail.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import type { Ask } from '../lookups/handlers.ts';
import type { FoundPrediction } from '../lookups/requests.ts';
import { whereImagesLie } from '../results/imageRoot.ts';
import type { DrawnFigure, Drawing } from './drawnFigure.ts';
import { findEvaluation } from './findEvaluation.ts';

/** Side of an image in a figure, pixels. */
const SIDE = 128;
/** Of the order in which images are drawn. */
const SAMPLE_SEED = 0;

export interface Sample {
  /** Place in the evaluation. */
  readonly index: number;
  readonly path: string;
  readonly decision: string;
  /** Of one network; null where several decided. */
  readonly probability: number | null;
  readonly truth: string | null;
}

type SampleQuestion = Extract<FigureQuestion, { kind: 'samples' }>;
type Wall = Extract<FigureQuestion, { kind: 'votedImages' | 'predictedImages' }>;
type Asking = Pick<Drawing, 'context' | 'ask'>;

interface ChosenSamples {
  readonly evaluations: readonly Evaluation[];
  readonly samples: readonly Sample[];
  /** Of the images that could have been chosen. */
  readonly total: number;
}

/** One network decides alike by every rule. */
const MEAN: VotingRule = { kind: 'mean' };

/** Of one network the wrong ones come worst first; otherwise they are drawn with a fixed seed. */
export async function chooseSamples(
  { votes, show, count }: Omit<SampleQuestion, 'kind'>,
  drawing: Asking,
): Promise<ChosenSamples> {
  const [one, ...others] = votes.predictions;
  if (one !== undefined && others.length === 0 && show === 'wrong')
    return predictedSamples(one, { outcome: 'wrong', order: 'worstLoss' }, count, drawing);
  return votedSamples(votes, { show, shuffle: SAMPLE_SEED }, count, drawing);
}

async function predictedSamples(
  id: string,
  filter: PredictionFilter,
  count: number,
  { context, ask }: Asking,
): Promise<ChosenSamples> {
  const evaluation = await findEvaluation(context, id);
  const nameOf = await classNamesOf([evaluation], MEAN, ask);
  const { images, total } = await ask('predictionImages', {
    directory: evaluation.path,
    filter,
    offset: 0,
    limit: count,
  });
  return { evaluations: [evaluation], total, samples: images.map((image) => ofPrediction(image, nameOf)) };
}

async function votedSamples(
  votes: FigureVote,
  filter: VoteFilter,
  count: number,
  { context, ask }: Asking,
): Promise<ChosenSamples> {
  const evaluations: Evaluation[] = [];
  for (const id of votes.predictions) evaluations.push(await findEvaluation(context, id));
  const nameOf = await classNamesOf(evaluations, votes.rule, ask);
  const directories = evaluations.map(({ path }) => path);
  const { rows, total } = await ask('voteRows', { directories, rule: votes.rule, filter, offset: 0, limit: count });
  return {
    evaluations,
    total,
    samples: rows.map(({ index, path, truth, decision, members }) => ({
      index,
      path,
      decision: nameOf(decision) ?? '',
      truth: nameOf(truth),
      probability: evaluations.length === 1 ? (members[0]?.probability ?? null) : null,
    })),
  };
}

type NameOfClass = (index: number) => string | null;

/** Null for an image without a label. */
async function classNamesOf(evaluations: readonly Evaluation[], rule: VotingRule, ask: Ask): Promise<NameOfClass> {
  const directories = evaluations.map(({ path }) => path);
  const { classNames } = await ask('confusion', { directories, rule, pairs: 0 });
  return (index) => (index < 0 ? null : (classNames[index] ?? ''));
}

function ofPrediction({ index, path, truth, top5 }: FoundPrediction, nameOf: NameOfClass): Sample {
  const [first] = top5;
  return {
    index,
    path,
    truth: nameOf(truth),
    decision: nameOf(first?.classIndex ?? -1) ?? '',
    probability: first?.probability ?? null,
  };
}

/** PNG data addresses by path; an image that can no longer be read is left out. */
export async function imageSources(
  { context }: Pick<Drawing, 'context'>,
  evaluation: Evaluation,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const root = await whereImagesLie(context, evaluation.images).catch(() => null);
  const found = new Map<string, string>();
  if (!root) return found;
  for (const path of paths) {
    const png = await encodeTile({ ...root, path }, SIDE).catch(() => null);
    if (png) found.set(path, `data:image/png;base64,${png.toString('base64')}`);
  }
  return found;
}

export async function drawSamples(question: SampleQuestion, drawing: Drawing): Promise<DrawnFigure> {
  const title = question.show === 'wrong' ? 'Mistakes' : 'Sample of predictions';
  return drawWall(title, await chooseSamples(question, drawing), drawing);
}

/** What a wall of the window shows, from its beginning. */
export async function drawImages(wall: Wall, drawing: Drawing): Promise<DrawnFigure> {
  const { count } = wall;
  return wall.kind === 'votedImages'
    ? drawWall('Decisions', await votedSamples(wall.votes, wall.filter, count, drawing), drawing)
    : drawWall('Predictions', await predictedSamples(wall.evaluation, wall.filter, count, drawing), drawing);
}

async function drawWall(
  title: string,
  { evaluations, samples, total }: ChosenSamples,
  drawing: Drawing,
): Promise<DrawnFigure> {
  const [first] = evaluations;
  const sources = await imageSources(
    drawing,
    first!,
    samples.map(({ path }) => path),
  );
  const who = evaluations.map(({ network }) => network).join(', ');
  const subtitle = `${who}: ${samples.length} of ${total}; ${imagesInWords(first!.images)}`;
  const shown = samples.flatMap((sample) => {
    const source = sources.get(sample.path);
    return source === undefined ? [] : [{ ...sample, source }];
  });
  return {
    title,
    svg: imageWallSvg(shown, { title, subtitle, theme: drawing.theme }),
    rows: [
      ['image', 'decision', 'probability', 'true class'],
      ...samples.map(({ path, decision, probability, truth }) => [path, decision, probability, truth]),
    ],
  };
}
