/** Pictures of results: test images with what the networks said, and the curves of runs. */
import type { MetricPoint } from '../../../contract/metrics.ts';
import type { Run } from '../../../contract/run.ts';
import type { VotingRule } from '../../../contract/voting.ts';
import { decodeTile, type StoredPicture } from '../../data/set/thumbnail.ts';
import { renderContactSheet, type SheetPicture } from '../../evaluate/contactSheet.ts';
import { curvesSvg } from '../../../pure/figures/curves.ts';
import { epochPoints } from '../../../pure/figures/epochPoints.ts';
import type { EnsembleResult } from '../../evaluate/ensemble.ts';
import { svgPng } from '../../evaluate/svgPng.ts';
import { writeDurableFile } from '../../files/durableFile.ts';

export interface ContactSheetRequest {
  /** PNG; replaced when it is there. */
  readonly path: string;
  /** How many pictures; they are taken evenly over the whole set. */
  readonly count: number;
  readonly title: string;
}

/** Side that pictures are shown in, pixels, before the sheet enlarges small ones. */
const SHEET_PICTURE_SIDE = 96;

/**
 * Writes the sheet; a picture that can no longer be read is left out.
 * @param source where the paths in `result` lead
 * @returns how many pictures are on it
 */
export async function writeContactSheet(
  { path, count, title }: ContactSheetRequest,
  result: EnsembleResult,
  { source, members, size }: { source: Omit<StoredPicture, 'path'>; members: readonly string[]; size: number },
): Promise<number> {
  const { index, decision, memberClass, scores } = result;
  const side = Math.min(size, SHEET_PICTURE_SIDE);
  const shown = Math.min(count, index.count);
  const pictures: SheetPicture[] = [];
  for (let i = 0; i < shown; i++) {
    const image = Math.floor(((i + 0.5) * index.count) / shown);
    const pixels = await decodeTile({ ...source, path: index.paths[image] ?? '' }, side).catch(() => null);
    if (!pixels) continue;
    const label = index.labels[image] ?? -1;
    const decided = decision[image]!;
    pictures.push({
      pixels,
      decision: index.classNames[decided] ?? '',
      truth: label < 0 ? null : (index.classNames[label] ?? ''),
      agrees: memberClass.map((own) => own[image] === decided),
    });
  }
  if (pictures.length === 0) return 0;
  const accuracy = scores?.vote.accuracy;
  const subtitle =
    `${pictures.length} of ${index.count} images; ` +
    `${accuracy === null || accuracy === undefined ? 'no labels' : `${(100 * accuracy).toFixed(1)} % right on all ${index.count}`}; ` +
    `${ruleName(result.rule)}`;
  await writeDurableFile(
    path,
    await renderContactSheet(pictures, { size: side, channels: 3, title, subtitle, members }),
    { overwrite: true },
  );
  return pictures.length;
}

function ruleName(rule: VotingRule): string {
  return {
    majority: 'majority vote',
    mean: 'mean probability',
    weighted: 'weighted mean probability',
    fallback: 'one member decides',
  }[rule.kind];
}

/** Loss and accuracy of runs over their epochs, as SVG and as PNG beside it; both are replaced when they are there. */
export async function writeCurves(
  svgPath: string,
  pngPath: string,
  runs: readonly { run: Run; metrics: readonly MetricPoint[] }[],
  labels: { title: string; subtitle: string },
): Promise<void> {
  const svg = curvesSvg(
    runs.map(({ run, metrics }) => ({
      name: run.spec.model.name,
      points: epochPoints(metrics),
      bestEpoch: run.bestEpoch,
    })),
    labels,
  );
  await writeDurableFile(svgPath, svg, { overwrite: true });
  await writeDurableFile(pngPath, await svgPng(svg), { overwrite: true });
}
