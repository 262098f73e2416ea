/** Renders the application's icon in every size that desktops ask for. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

export const ICON_SIZES: readonly number[] = [16, 24, 32, 48, 64, 128, 256, 512, 1024];

/** Writes `NxN.png` beside `quorum.svg`. */
export async function renderIcons(folder: string): Promise<void> {
  const svg = readFileSync(path.join(folder, 'quorum.svg'));
  // 32 units across at 72 dots an inch: drawn at the size it will have, never enlarged.
  for (const size of ICON_SIZES)
    await sharp(svg, { density: (72 * size) / 32 })
      .resize(size, size)
      .png({ compressionLevel: 9 })
      .toFile(path.join(folder, `${size}x${size}.png`));
}
