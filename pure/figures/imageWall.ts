/** Images with what was decided about them, as one SVG that holds them. */
import { StudioError } from '../../contract/errors.ts';
import { OKABE_ITO } from '../palette.ts';
import { figureSvg, round, textSvg } from './figureSvg.ts';
import { escapeXml, fitText } from './svgText.ts';
import { type FigureTheme, LIGHT_FIGURE } from './theme.ts';

export interface WallImage {
  /** `data:image/…;base64,…`. */
  readonly source: string;
  readonly decision: string;
  /** From 0 to 1; null where several decided. */
  readonly probability: number | null;
  /** Null without a label. */
  readonly truth: string | null;
}

const TILE = 128;
const GAP = 16;
const LEFT = 32;
const TOP = 88;
const CAPTION = 44;
const COLUMNS = 6;

/** @throws {StudioError} `input.invalid`: for no image */
export function imageWallSvg(
  images: readonly WallImage[],
  { title, subtitle, theme = LIGHT_FIGURE }: { title: string; subtitle: string; theme?: FigureTheme },
): string {
  if (images.length === 0)
    throw new StudioError('input.invalid', 'There is no image to show.', {
      remedy: 'Predict first, and see that the image files are where they were.',
    });
  const columns = Math.min(COLUMNS, images.length);
  const rows = Math.ceil(images.length / columns);
  const width = Math.max(560, 2 * LEFT + columns * TILE + (columns - 1) * GAP);
  return figureSvg({ width, height: TOP + rows * (TILE + CAPTION + GAP) + 10, label: title, theme }, [
    textSvg(LEFT, 40, fitText(title, width - 2 * LEFT, 20), 20, theme.text, 'start', true),
    textSvg(LEFT, 62, fitText(subtitle, width - 2 * LEFT, 13), 13, theme.muted),
    ...images.map((image, at) =>
      tileSvg(
        image,
        LEFT + (at % columns) * (TILE + GAP),
        TOP + Math.floor(at / columns) * (TILE + CAPTION + GAP),
        theme,
      ),
    ),
  ]);
}

function tileSvg(
  { source, decision, probability, truth }: WallImage,
  x: number,
  y: number,
  theme: FigureTheme,
): string {
  const wrong = truth !== null && truth !== decision;
  const sign = truth === null ? '' : wrong ? '✗ ' : '✓ ';
  const facts = [
    ...(probability === null ? [] : [`${Math.round(100 * probability)} %`]),
    ...(wrong ? [`is ${truth}`] : []),
  ].join(', ');
  return (
    `<image x="${x}" y="${y}" width="${TILE}" height="${TILE}" href="${escapeXml(source)}" ` +
    `preserveAspectRatio="xMidYMid meet"/>` +
    `<rect x="${x}" y="${y}" width="${TILE}" height="${TILE}" fill="none" ` +
    `stroke="${wrong ? OKABE_ITO.vermillion : theme.axis}" stroke-width="${wrong ? 3 : 1}"/>` +
    textSvg(x, round(y + TILE + 18), fitText(`${sign}${decision}`, TILE / 1.1, 12), 12, theme.text, 'start', true) +
    textSvg(x, y + TILE + 36, fitText(facts, TILE, 12), 12, theme.muted)
  );
}
