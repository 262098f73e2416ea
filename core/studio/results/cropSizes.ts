/** Accuracy against crop size out of stored evaluations. */
import { extname } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import { imagesInWords, imagesKey } from '../../../contract/evaluation.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { type CropSizeLine, cropSizeSvg } from '../../../pure/figures/cropSizePlot.ts';
import { svgPng } from '../../evaluate/svgPng.ts';
import { wilsonInterval } from '../../../pure/statistics/wilson.ts';
import { withoutCropSize } from '../../evaluate/protocols/namedProtocols.ts';

/** A line a network and protocol, the newest figure for each crop; figures without labels are left out. */
export function cropSizeLines(evaluations: readonly Evaluation[]): CropSizeLine[] {
  const lines = Map.groupBy(evaluations, ({ network, protocol }) => `${network}, ${withoutCropSize(protocol.name)}`);
  return [...lines]
    .map(([name, group]) => {
      const points = new Map<number, CropSizeLine['points'][number]>();
      for (const {
        protocol: { crop },
        top1,
        top5,
        count,
      } of group)
        if (top1 !== null && !points.has(crop))
          points.set(crop, {
            crop,
            top1,
            ...intervalOf(top1, count),
            top5: top5 === null ? null : { share: top5, ...intervalOf(top5, count) },
          });
      return { name, points: [...points.values()].sort((a, b) => a.crop - b.crop) };
    })
    .filter(({ points }) => points.length > 0);
}

const intervalOf = (share: number, count: number) => wilsonInterval(Math.round(share * count), count);

/**
 * @throws {StudioError} `input.invalid`: for another ending than .svg and .png, and for evaluations of several data
 *   sets
 */
export async function writeCropSizePlot(evaluations: readonly Evaluation[], path: string): Promise<void> {
  const ending = extname(path).toLowerCase();
  const [first] = evaluations;
  if (ending !== '.svg' && ending !== '.png')
    throw new StudioError('input.invalid', `A plot is a .svg or .png file, not "${path}".`);
  if (!first || evaluations.some(({ images }) => imagesKey(images) !== imagesKey(first.images)))
    throw new StudioError('input.invalid', 'One plot shows figures of one split of one data set.');
  const svg = cropSizeSvg(cropSizeLines(evaluations), {
    title: 'Accuracy against crop size',
    subtitle: `${imagesInWords(first.images)}, ${first.count} images`,
  });
  await writeDurableFile(path, ending === '.svg' ? svg : await svgPng(svg), { overwrite: true });
}
