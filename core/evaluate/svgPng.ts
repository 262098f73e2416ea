/** An SVG of ours as PNG. */
import { pictureLibrary } from '../data/pictures/pictureLibrary.ts';
import { LIGHT_FIGURE } from '../../pure/figures/theme.ts';

/** @param options scale: pixels a unit; 2 is sharp on dense screens. background: under what is transparent */
export async function svgPng(
  svg: string,
  { scale = 2, background = LIGHT_FIGURE.background }: { scale?: number; background?: string } = {},
): Promise<Buffer> {
  const sharp = await pictureLibrary();
  return sharp(Buffer.from(svg), { density: 72 * scale, limitInputPixels: 1e9 })
    .flatten({ background })
    .png()
    .toBuffer();
}
