/** Test pictures with their predicted classes on one PNG: right and wrong told apart by sign, word and colour. */
import { StudioError } from '../../contract/errors.ts';
import { memberStyle, OKABE_ITO } from '../../pure/palette.ts';
import { pictureLibrary } from '../data/pictures/pictureLibrary.ts';
import { escapeXml, fitText, plainText, SVG_FONT, textWidth } from '../../pure/figures/svgText.ts';

export interface SheetPicture {
  /** `size × size × channels` bytes, row-major, channels last. */
  readonly pixels: Uint8Array;
  readonly decision: string;
  /** The label's name; null where there is none. */
  readonly truth: string | null;
  /** For each member whether it chose the decision; shown as a row of dots in the members' colours. */
  readonly agrees?: readonly boolean[];
}

export interface SheetOptions {
  /** Side of every picture, pixels. */
  readonly size: number;
  readonly channels: 1 | 3;
  readonly title: string;
  /** Protocol and accuracy: what the decisions are worth. */
  readonly subtitle: string;
  /** Names of the members that `agrees` is about. */
  readonly members?: readonly string[];
  /** What a full dot means. */
  readonly dotLabel?: string;
  readonly columns?: number;
}

/** Pictures that fit a sheet anyone would look at. */
export const LARGEST_SHEET = 500;

const COLORS = {
  background: '#fbfbfa',
  text: '#1a1c1e',
  muted: '#5f6468',
  frame: '#d5d8da',
  right: '#00795a',
  wrong: '#b34700',
};
const MARGIN = 28;
const GAP = 18;
/** Font sizes of a caption: the first at which it fits, else the last and an ellipsis. */
const CAPTION_SIZES = [13, 12, 11];
const LINE = 17;
/** A bold text against the estimate, which is for regular ones. */
const BOLD = 1.1;
/** Side that small pictures are enlarged to, by a whole factor so that every pixel stays a square. */
const TARGET_SIDE = 128;
const LARGEST_SIDE = 192;

/**
 * The sheet as PNG bytes.
 * @throws {StudioError} `input.invalid`: for no pictures, more than `LARGEST_SHEET`, or pixels of another size than
 *   stated
 */
export async function renderContactSheet(pictures: readonly SheetPicture[], options: SheetOptions): Promise<Buffer> {
  check(pictures, options);
  const side =
    options.size > LARGEST_SIDE ? LARGEST_SIDE : options.size * Math.max(1, Math.round(TARGET_SIDE / options.size));
  const columns = Math.min(
    options.columns ?? Math.max(4, Math.ceil(Math.sqrt(pictures.length * 1.5))),
    pictures.length,
  );
  const rows = Math.ceil(pictures.length / columns);
  const dots = pictures.some((picture) => picture.agrees);
  const captionHeight = 9 + LINE * 2 + (dots ? 16 : 0);
  const headHeight = options.members && dots ? 96 : 74;
  const width = Math.max(MARGIN * 2 + columns * side + (columns - 1) * GAP, 560);
  const height = MARGIN + headHeight + rows * (side + captionHeight) + (rows - 1) * GAP + MARGIN;
  const overlay: string[] = [heading(options, dots, width)];
  const canvas = Buffer.alloc(width * height * 3, Buffer.from(COLORS.background.slice(1), 'hex'));
  for (const [place, picture] of pictures.entries()) {
    const x = MARGIN + (place % columns) * (side + GAP);
    const y = MARGIN + headHeight + Math.floor(place / columns) * (side + captionHeight + GAP);
    const tile = await enlarge(picture.pixels, options.size, options.channels, side);
    for (let row = 0; row < side; row++)
      canvas.set(tile.subarray(row * side * 3, (row + 1) * side * 3), ((y + row) * width + x) * 3);
    overlay.push(caption(picture, x, y, side));
  }
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="${SVG_FONT}">${overlay.join('')}</svg>`;
  const sharp = await pictureLibrary();
  return sharp(canvas, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
}

function check(pictures: readonly SheetPicture[], { size, channels }: SheetOptions): void {
  if (pictures.length === 0 || pictures.length > LARGEST_SHEET) {
    throw new StudioError(
      'input.invalid',
      `A contact sheet shows 1 to ${LARGEST_SHEET} images; ${pictures.length} were given.`,
    );
  }
  const wrong = pictures.findIndex((picture) => picture.pixels.length !== size * size * channels);
  if (wrong >= 0) {
    throw new StudioError(
      'input.invalid',
      `Image ${wrong + 1} has ${pictures[wrong]!.pixels.length} bytes; ${size} × ${size} pixels of ${channels} ` +
        `channels take ${size * size * channels}.`,
    );
  }
}

function heading(options: SheetOptions, dots: boolean, width: number): string {
  const room = width - 2 * MARGIN;
  let svg =
    `<text x="${MARGIN}" y="${MARGIN + 18}" font-size="20" font-weight="bold" ` +
    `fill="${COLORS.text}">${escapeXml(fitText(options.title, room / BOLD, 20))}</text>` +
    `<text x="${MARGIN}" y="${MARGIN + 42}" font-size="14" ` +
    `fill="${COLORS.muted}">${escapeXml(fitText(options.subtitle, room, 14))}</text>`;
  if (!options.members || !dots) return svg;
  const y = MARGIN + 66;
  let x = MARGIN;
  const { dotLabel = 'chose the decision:' } = options;
  svg += `<text x="${x}" y="${y}" font-size="12" fill="${COLORS.muted}">${escapeXml(dotLabel)}</text>`;
  x += textWidth(dotLabel, 12) + 14;
  for (const [member, name] of options.members.entries()) {
    const label = fitText(name, 160, 12);
    if (x + 14 + textWidth(label, 12) > width - MARGIN) break;
    svg +=
      `<circle cx="${x + 5}" cy="${y - 4}" r="4.5" fill="${memberStyle(member).color}"/><text x="${x + 14}" ` +
      `y="${y}" font-size="12" fill="${COLORS.text}">${escapeXml(label)}</text>`;
    x += 14 + textWidth(label, 12) + 18;
  }
  return svg;
}

function caption(picture: SheetPicture, x: number, y: number, side: number): string {
  const right = picture.truth === null ? null : picture.truth === picture.decision;
  const color = right === null ? COLORS.text : right ? COLORS.right : COLORS.wrong;
  const frame = right === false ? OKABE_ITO.vermillion : COLORS.frame;
  const thick = right === false ? 3 : 1;
  const base = y + side + 18;
  const indent = right === null ? 0 : 16;
  let svg =
    `<rect x="${x - thick / 2}" y="${y - thick / 2}" width="${side + thick}" height="${side + thick}" fill="none" ` +
    `stroke="${frame}" stroke-width="${thick}"/>`;
  if (right !== null) svg += sign(right, x, base - 10, color);
  svg += captionLine(picture.decision, x + indent, base, side - indent, color, true);
  if (right === false)
    svg += captionLine(`is ${picture.truth}`, x + indent, base + LINE, side - indent, COLORS.muted, false);
  for (const [member, agrees] of (picture.agrees ?? []).entries()) {
    const cx = x + indent + 5 + member * 13;
    if (cx + 5 > x + side) break;
    const { color: own } = memberStyle(member);
    svg +=
      `<circle cx="${cx}" cy="${base + LINE + 14}" r="4" fill="${agrees ? own : 'none'}" ` +
      `stroke="${agrees ? own : '#b4b8bb'}" stroke-width="1.2"/>`;
  }
  return svg;
}

function captionLine(text: string, x: number, y: number, width: number, color: string, bold: boolean): string {
  const room = width / (bold ? BOLD : 1);
  const sizes = bold ? CAPTION_SIZES : CAPTION_SIZES.slice(1);
  const size = sizes.find((candidate) => textWidth(plainText(text), candidate) <= room) ?? sizes.at(-1)!;
  return (
    `<text x="${x}" y="${y}" font-size="${size}" ` +
    `fill="${color}"${bold ? ' font-weight="bold"' : ''}>${escapeXml(fitText(text, room, size))}</text>`
  );
}

/** A tick or a cross of 11 pixels, drawn rather than typed: no font is needed for the one thing that must be read. */
function sign(right: boolean, x: number, y: number, color: string): string {
  const path = right ? `M${x + 1} ${y + 6}l3 4 6.5-8.5` : `M${x + 1.5} ${y + 1.5}l8 8m0-8l-8 8`;
  return (
    `<path d="${path}" fill="none" stroke="${color}" stroke-width="2.2" stroke-linecap="round" ` +
    'stroke-linejoin="round"/>'
  );
}

/** `side × side` RGB: pixels repeated where it is a multiple of `size`, resampled where the picture is too large. */
async function enlarge(pixels: Uint8Array, size: number, channels: 1 | 3, side: number): Promise<Uint8Array> {
  if (side < size) {
    const sharp = await pictureLibrary();
    return sharp(toRgb(pixels, channels), { raw: { width: size, height: size, channels: 3 } })
      .resize(side, side)
      .raw()
      .toBuffer();
  }
  const factor = side / size;
  const out = new Uint8Array(side * side * 3);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at += 3) {
      const from = (Math.floor(y / factor) * size + Math.floor(x / factor)) * channels;
      for (let channel = 0; channel < 3; channel++) out[at + channel] = pixels[from + (channels === 1 ? 0 : channel)]!;
    }
  }
  return out;
}

function toRgb(pixels: Uint8Array, channels: 1 | 3): Uint8Array {
  return channels === 3
    ? pixels
    : Uint8Array.from({ length: pixels.length * 3 }, (_, at) => pixels[Math.floor(at / 3)]!);
}
