/** Lines, their markers and their stars on a canvas. */
import { MARKER_SHAPES, STAR } from './markerShapes.ts';
import type { PlotColors, PlotLine, PlotMark, Range } from './plotLine.ts';
import { windowOf } from './plotRange.ts';
import { type Frame, pixelsOf, stretchOf, tracePath } from './tracePath.ts';

/** CSS pixels. */
const MARKER = 7;
const STAR_SIZE = 18;
const APART = 12;
/** So many more lines of the same looks are stroked at once, which takes a fraction of the time. */
const STROKED_AT_ONCE = 40;

/** @param ratio device pixels of a CSS pixel; `frame` is in device pixels */
export function drawLines(
  canvas: CanvasRenderingContext2D,
  lines: readonly PlotLine[],
  frame: Frame,
  ratio: number,
  colors: PlotColors,
): void {
  canvas.save();
  canvas.beginPath();
  canvas.rect(frame.left, frame.top - 2 * ratio, frame.width, frame.height + 4 * ratio);
  canvas.clip();
  for (const line of lines) if (line.spread) fillSpread(canvas, line, line.spread, frame);
  canvas.lineJoin = 'round';
  canvas.lineCap = 'round';
  for (let i = 0; i < lines.length;) {
    const first = lines[i]!;
    const path = new Path2D();
    const end = Math.min(lines.length, i + STROKED_AT_ONCE);
    do tracePath(path, lines[i++]!, frame);
    while (i < end && looks(lines[i]!) === looks(first));
    canvas.globalAlpha = first.opacity ?? 1;
    canvas.strokeStyle = first.color;
    canvas.lineWidth = first.width * ratio;
    canvas.setLineDash(first.dash?.map((length) => length * ratio) ?? []);
    canvas.stroke(path);
  }
  canvas.restore();
  // a sign at the very end is drawn whole
  for (const line of lines) drawSigns(canvas, line, frame, ratio, colors);
}

const SHADE = 0.13;
const SPREAD_SHADE = 0.2;

/** The ground around a line, from its first point to its last; a gap divides it. */
function fillSpread(
  canvas: CanvasRenderingContext2D,
  { xs, ys, color }: PlotLine,
  spread: readonly (number | null)[],
  frame: Frame,
): void {
  const at = pixelsOf(frame);
  const path = new Path2D();
  let upper: [number, number][] = [];
  let lower: [number, number][] = [];
  const close = (): void => {
    [...upper, ...lower.toReversed()].forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
    path.closePath();
    upper = [];
    lower = [];
  };
  const [from, end] = windowOf(xs, frame.x);
  const bottom = frame.top + frame.height;
  for (let i = from; i < end; i++) {
    const y = ys[i];
    const reach = spread[i];
    if (typeof y !== 'number' || typeof reach !== 'number') {
      close();
      continue;
    }
    const low = at.y(y - reach);
    upper.push([at.x(xs[i]!), at.y(y + reach)]);
    // a logarithmic axis does not reach to 0
    lower.push([at.x(xs[i]!), Number.isNaN(low) ? bottom : low]);
  }
  close();
  canvas.globalAlpha = SPREAD_SHADE;
  canvas.fillStyle = color;
  canvas.fill(path);
}

const MARK_FONT = 10;

/** Upright lines where something changed. Their words begin at the top, in the plot's text colour. */
export function drawMarks(
  canvas: CanvasRenderingContext2D,
  marks: readonly PlotMark[],
  frame: Frame,
  ratio: number,
  colors: PlotColors,
): void {
  const at = pixelsOf(frame);
  canvas.save();
  canvas.font = `${MARK_FONT * ratio}px system-ui, sans-serif`;
  canvas.fillStyle = colors.muted;
  canvas.lineWidth = ratio;
  canvas.setLineDash([2 * ratio, 3 * ratio]);
  for (const { x, color, words } of marks) {
    if (x < frame.x[0] || x > frame.x[1]) continue;
    const left = at.x(x);
    canvas.strokeStyle = color;
    canvas.beginPath();
    canvas.moveTo(left, frame.top);
    canvas.lineTo(left, frame.top + frame.height);
    canvas.stroke();
    const room = frame.left + frame.width - left - 4 * ratio;
    const onLeft = canvas.measureText(words).width > room;
    canvas.textAlign = onLeft ? 'right' : 'left';
    canvas.fillText(words, left + (onLeft ? -4 : 4) * ratio, frame.top + MARK_FONT * ratio);
  }
  canvas.restore();
}

/** A stretch of x on a tinted ground. */
export function shadeStretch(canvas: CanvasRenderingContext2D, stretch: Range, frame: Frame, color: string): void {
  const place = stretchOf(stretch, frame);
  if (!place) return;
  canvas.save();
  canvas.globalAlpha = SHADE;
  canvas.fillStyle = color;
  canvas.fillRect(place.left, frame.top, place.width, frame.height);
  canvas.restore();
}

const looks = ({ color, width, opacity = 1, dash = [] }: PlotLine): string =>
  `${color} ${width} ${opacity} ${dash.join(' ')}`;

function drawSigns(
  canvas: CanvasRenderingContext2D,
  { xs, ys, color, marker, markerSizes, star }: PlotLine,
  frame: Frame,
  ratio: number,
  colors: PlotColors,
): void {
  const at = pixelsOf(frame);
  canvas.save();
  const sign = (shape: string, i: number, size: number, outline: boolean): void => {
    const x = xs[i]!;
    const y = ys[i];
    if (y === null || y === undefined || x < frame.x[0] || x > frame.x[1]) return;
    const scale = (size * ratio) / 12;
    canvas.setTransform(scale, 0, 0, scale, at.x(x) - 6 * scale, at.y(y) - 6 * scale);
    const path = new Path2D(shape);
    canvas.fillStyle = color;
    canvas.fill(path);
    if (outline) {
      canvas.strokeStyle = colors.surface;
      canvas.lineWidth = 1;
      canvas.stroke(path);
    }
    canvas.resetTransform();
  };
  if (marker) {
    const [from, end] = windowOf(xs, frame.x);
    if ((end - from) * APART * ratio <= frame.width)
      for (let i = from; i < end; i++) sign(MARKER_SHAPES[marker], i, markerSizes?.[i] ?? MARKER, false);
  }
  if (star !== undefined && star !== null && star >= 0) sign(STAR, star, STAR_SIZE, true);
  canvas.restore();
}
