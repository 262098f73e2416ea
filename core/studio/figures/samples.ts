/** Images of a data set with the decision on each. */
import type { FigureQuestion } from '../../../contract/results/figure.ts';
import { imagesInWords } from '../../../contract/evaluation.ts';
import { imageWallSvg } from '../../../pure/figures/imageWall.ts';
import { encodeTile } from '../../data/set/thumbnail.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
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

/** Of one network the wrong ones come worst first; otherwise they are drawn with a fixed seed. */
export async function chooseSamples(
  { votes, show, count }: Omit<SampleQuestion, 'kind'>,
  { context, ask }: Pick<Drawing, 'context' | 'ask'>,
): Promise<{ evaluations: Evaluation[]; samples: Sample[]; total: number }> {
  const evaluations: Evaluation[] = [];
  for (const id of votes.predictions) evaluations.push(await findEvaluation(context, id));
  const directories = evaluations.map(({ path }) => path);
  const [first, ...others] = evaluations;
  const { classNames } = await ask('confusion', { directories, rule: votes.rule, pairs: 0 });
  const nameOf = (index: number): string | null => (index < 0 ? null : (classNames[index] ?? ''));
  if (others.length === 0 && show === 'wrong') {
    const filter = { outcome: 'wrong', order: 'worstLoss' } as const;
    const { images, total } = await ask('predictionImages', {
      directory: first!.path,
      filter,
      offset: 0,
      limit: count,
    });
    return { evaluations, total, samples: images.map((image) => ofPrediction(image, nameOf)) };
  }
  const filter = { show, shuffle: SAMPLE_SEED } as const;
  const { rows, total } = await ask('voteRows', { directories, rule: votes.rule, filter, offset: 0, limit: count });
  return {
    evaluations,
    total,
    samples: rows.map(({ index, path, truth, decision, members }) => ({
      index,
      path,
      decision: nameOf(decision) ?? '',
      truth: nameOf(truth),
      probability: others.length === 0 ? (members[0]?.probability ?? null) : null,
    })),
  };
}

function ofPrediction({ index, path, truth, top5 }: FoundPrediction, nameOf: (index: number) => string | null): Sample {
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
  const { evaluations, samples, total } = await chooseSamples(question, drawing);
  const [first] = evaluations;
  const sources = await imageSources(
    drawing,
    first!,
    samples.map(({ path }) => path),
  );
  const title = question.show === 'wrong' ? 'Mistakes' : 'Sample of predictions';
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
