/** The pictures that only one of two evaluations gets right, on one sheet. */
import { imagesInWords } from '../../../contract/evaluation.ts';
import { decodeTile } from '../../data/set/thumbnail.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { LARGEST_SHEET, renderContactSheet, type SheetPicture } from '../../evaluate/contactSheet.ts';
import type { EvaluationComparison, Flip } from './compareEvaluations.ts';
import type { ImageRoot } from './imageRoot.ts';

const SIDE = 96;

/**
 * Those that the first alone gets right and those that the second alone gets right, in turns, each with what the wrong
 * one said. Replaces the file.
 * @returns how many pictures are on it; pictures that can no longer be read are left out
 */
export async function writeFlipSheet(
  { first, second, flips }: EvaluationComparison,
  root: ImageRoot,
  { path, count }: { path: string; count: number },
): Promise<number> {
  const pictures: SheetPicture[] = [];
  for (const flip of inTurns(flips).slice(0, Math.min(count, LARGEST_SHEET))) {
    const pixels = await decodeTile({ ...root, path: flip.path }, SIDE).catch(() => null);
    if (pixels)
      pictures.push({
        pixels,
        decision: flip.rightOne === 'first' ? flip.second : flip.first,
        truth: flip.label,
        agrees: [flip.rightOne === 'first', flip.rightOne === 'second'],
      });
  }
  if (pictures.length === 0) return 0;
  const firsts = flips.filter(({ rightOne }) => rightOne === 'first').length;
  const sheet = await renderContactSheet(pictures, {
    size: SIDE,
    channels: 3,
    title: 'Right by one of two',
    members: [first, second].map(({ network, protocol }) => `${network} (${protocol.name})`),
    dotLabel: 'was right:',
    subtitle:
      `${firsts} images only the first gets right, ${flips.length - firsts} only the second; under each what the ` +
      `other one said. ${imagesInWords(first.images)}`,
  });
  await writeDurableFile(path, sheet, { overwrite: true });
  return pictures.length;
}

function inTurns(flips: readonly Flip[]): Flip[] {
  const firsts = flips.filter(({ rightOne }) => rightOne === 'first');
  const seconds = flips.filter(({ rightOne }) => rightOne === 'second');
  return Array.from({ length: Math.max(firsts.length, seconds.length) }, (_, i) =>
    [firsts[i], seconds[i]].filter((flip) => flip !== undefined),
  ).flat();
}
