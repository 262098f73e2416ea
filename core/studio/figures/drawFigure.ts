/** Figures out of what is stored: each as SVG, and its numbers as rows. */
import type { FigureQuestion, TableCells } from '../../../contract/results/figure.ts';
import { imagesInWords } from '../../../contract/evaluation.ts';
import { METRIC } from '../../../contract/metrics.ts';
import type { Run } from '../../../contract/run.ts';
import { confusionSvg } from '../../../pure/figures/confusionPlot.ts';
import { cropSizeSvg } from '../../../pure/figures/cropSizePlot.ts';
import type { CurvePoint, CurveRun } from '../../../pure/figures/curve.ts';
import { curvesSvg } from '../../../pure/figures/curves.ts';
import { epochPoints } from '../../../pure/figures/epochPoints.ts';
import { reliabilitySvg } from '../../../pure/figures/reliabilityPlot.ts';
import { changesOf } from '../../../pure/runChanges.ts';
import { seedCurves } from '../../../pure/figures/seedCurves.ts';
import { tableSvg } from '../../../pure/figures/table.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import type { StudioContext } from '../context.ts';
import { cropSizeLines } from '../results/cropSizes.ts';
import { findRun } from '../runs/findRun.ts';
import type { DrawnFigure, Drawing } from './drawnFigure.ts';
import { findEvaluation } from './findEvaluation.ts';
import { drawParallel } from './parallel.ts';
import { drawImages, drawSamples } from './samples.ts';

/** @throws {StudioError} `run.notFound`, `prediction.notFound`, `input.invalid`: where there is nothing to draw */
export async function drawFigure(question: FigureQuestion, drawing: Drawing): Promise<DrawnFigure> {
  switch (question.kind) {
    case 'curves':
      return drawCurves(question.runs, drawing, false);
    case 'seeds':
      return drawCurves(question.runs, drawing, true);
    case 'parallel':
      return drawParallel(question, drawing);
    case 'confusion':
      return drawConfusion(question, drawing);
    case 'reliability':
      return drawReliability(question.evaluation, drawing);
    case 'cropSize':
      return drawCropSizes(question.evaluations, drawing);
    case 'samples':
      return drawSamples(question, drawing);
    case 'votedImages':
    case 'predictedImages':
      return drawImages(question, drawing);
    case 'table':
      return drawTable(question.table, drawing);
  }
}

const CURVE_METRICS = [METRIC.trainLoss, METRIC.valLoss, METRIC.trainTop1, METRIC.valTop1];

/** A run's curves as they are drawn everywhere. */
export async function curvesOf(context: StudioContext, run: Run): Promise<CurveRun> {
  return {
    name: run.name,
    points: epochPoints(await context.metrics.list(run.id, { names: CURVE_METRICS })),
    bestEpoch: run.bestEpoch,
    changes: changesOf(run.spec),
  };
}

async function drawCurves(ids: readonly string[], { context, theme }: Drawing, bySeeds: boolean): Promise<DrawnFigure> {
  const curves: { run: Run; curve: CurveRun }[] = [];
  for (const id of ids) {
    const run = await findRun(context, id);
    curves.push({ run, curve: await curvesOf(context, run) });
  }
  const drawn = bySeeds
    ? seedCurves(curves.map(({ run, curve }) => ({ spec: run.spec, best: run.best, curve })))
    : curves.map(({ curve }) => curve);
  const title = bySeeds ? 'Mean over seeds' : 'Loss and accuracy';
  const data = [...new Set(curves.map(({ run }) => run.spec.dataset))];
  const names = [];
  for (const id of data) names.push((await context.datasets.find(id))?.name ?? id);
  const subtitle = `${names.join(', ')}; validation as trained`;
  return { title, svg: curvesSvg(drawn, { title, subtitle, theme }), rows: curveRows(drawn) };
}

const COLUMNS = ['trainLoss', 'valLoss', 'trainTop1', 'valTop1'] as const satisfies readonly (keyof CurvePoint)[];

function curveRows(curves: readonly CurveRun[]): DrawnFigure['rows'] {
  const banded = curves.some(({ spread }) => spread !== undefined);
  return [
    ['run', 'epoch', ...COLUMNS, ...(banded ? COLUMNS.map((column) => `${column} sd`) : [])],
    ...curves.flatMap(({ name, points, spread }) => {
      const half = new Map(spread?.map((point) => [point.epoch, point]));
      return points.map((point) => [
        name,
        point.epoch,
        ...COLUMNS.map((column) => point[column] ?? null),
        ...(banded ? COLUMNS.map((column) => half.get(point.epoch)?.[column] ?? null) : []),
      ]);
    }),
  ];
}

async function drawConfusion(
  { votes }: Extract<FigureQuestion, { kind: 'confusion' }>,
  { context, ask, theme }: Drawing,
): Promise<DrawnFigure> {
  const evaluations: Evaluation[] = [];
  for (const id of votes.predictions) evaluations.push(await findEvaluation(context, id));
  const directories = evaluations.map(({ path }) => path);
  const report = await ask('confusion', { directories, rule: votes.rule, pairs: 0 });
  const title = evaluations.length === 1 ? `Confusion of ${evaluations[0]!.network}` : 'Confusion of the vote';
  const subtitle = `${imagesInWords(evaluations[0]!.images)}, ${report.total} images`;
  const rows: (string | number)[][] = [['true class', 'decided class', 'images']];
  for (let at = 0; at < report.cells.length; at += 3) {
    const [truth, decision, images] = report.cells.slice(at, at + 3);
    rows.push([report.classNames[truth!] ?? '', report.classNames[decision!] ?? '', images!]);
  }
  return { title, svg: confusionSvg(report, { title, subtitle, theme }), rows };
}

async function drawReliability(id: string, { context, ask, theme }: Drawing): Promise<DrawnFigure> {
  const evaluation = await findEvaluation(context, id);
  const { calibration } = await ask('evaluationFigures', { evaluation, dataDir: context.paths.dataDir });
  const title = `Reliability of ${evaluation.network}`;
  const subtitle = `${imagesInWords(evaluation.images)}; ${evaluation.protocol.name}`;
  return {
    title,
    svg: reliabilitySvg(calibration, { title, subtitle, theme }),
    rows: [
      ['from', 'to', 'images', 'probability', 'right'],
      ...calibration.bins.map(({ low, high, count, confidence, accuracy }) => [low, high, count, confidence, accuracy]),
    ],
  };
}

async function drawCropSizes(ids: readonly string[], { context, theme }: Drawing): Promise<DrawnFigure> {
  const evaluations: Evaluation[] = [];
  for (const id of ids) evaluations.push(await findEvaluation(context, id));
  const lines = cropSizeLines(evaluations);
  const title = 'Accuracy against crop size';
  const sets = [...new Set(evaluations.map(({ images, count }) => `${imagesInWords(images)}, ${count} images`))];
  return {
    title,
    svg: cropSizeSvg(lines, { title, subtitle: sets.join('; '), theme }),
    rows: [
      ['network and protocol', 'crop', 'top-1', 'top-1 from', 'top-1 to', 'top-5', 'top-5 from', 'top-5 to'],
      ...lines.flatMap(({ name, points }) =>
        points.map(({ crop, top1, low, high, top5 }) => [
          name,
          crop,
          top1,
          low,
          high,
          top5?.share ?? null,
          top5?.low ?? null,
          top5?.high ?? null,
        ]),
      ),
    ],
  };
}

function drawTable(table: TableCells, { theme }: Drawing): DrawnFigure {
  return { title: table.title, svg: tableSvg(table, theme), rows: [table.header, ...table.rows] };
}
