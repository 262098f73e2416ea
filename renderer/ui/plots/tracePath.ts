/** A line as a path of pixels: as many points as the screen has columns for, with every extreme kept. */
import { windowOf } from './plotRange.ts';
import type { PlotLine, Range } from './plotLine.ts';

export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/** Pixels of a plot. A logarithmic y has positive ends. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: Range;
  readonly y: Range;
  readonly logX: boolean;
  readonly logY: boolean;
}

const scale = ([from, to]: Range, log: boolean, start: number, length: number): ((value: number) => number) => {
  const [a, b] = log ? [Math.log10(from), Math.log10(to)] : [from, to];
  const unit = length / (b - a);
  return log
    ? (value) => (value > 0 ? start + (Math.log10(value) - a) * unit : NaN)
    : (value) => start + (value - a) * unit;
};

/** Pixel columns and rows of values; NaN for what a logarithmic axis cannot show. */
export function pixelsOf(frame: Frame): { x: (value: number) => number; y: (value: number) => number } {
  return {
    x: scale(frame.x, frame.logX, frame.left, frame.width),
    y: scale(frame.y, frame.logY, frame.top + frame.height, -frame.height),
  };
}

/** Where a stretch of x lies within the frame, pixels; null where it is out of sight. */
export function stretchOf([from, to]: Range, frame: Frame): { readonly left: number; readonly width: number } | null {
  const { x } = pixelsOf(frame);
  const left = Math.max(frame.left, x(from));
  const right = Math.min(frame.left + frame.width, x(to));
  return right > left ? { left, width: right - left } : null;
}

/**
 * Draws the part of the line that is in sight. Where several points share a column of pixels, its first, lowest,
 * highest and last are drawn.
 */
export function tracePath(pen: Pen, { xs, ys }: Pick<PlotLine, 'xs' | 'ys'>, frame: Frame): void {
  const at = pixelsOf(frame);
  const [from, end] = windowOf(xs, frame.x);
  let down = false;
  const to = (x: number, y: number): void => {
    if (down) {
      pen.lineTo(x, y);
      return;
    }
    pen.moveTo(x, y);
    // a point alone between two gaps is a dot: a line of no length with round ends
    pen.lineTo(x, y);
    down = true;
  };
  for (let i = from; i < end;) {
    const x = at.x(xs[i]!);
    const column = Math.round(x);
    const first = i;
    let lowest = -1;
    let highest = -1;
    let lowestY = -Infinity;
    let highestY = Infinity;
    let lastX = x;
    let lastY = NaN;
    // a gap ends the column too
    for (; i < end; i++) {
      const y = ys[i];
      const nextX = i === first ? x : at.x(xs[i]!);
      const pixel = y === null || y === undefined ? NaN : at.y(y);
      if (Number.isNaN(pixel) || Math.round(nextX) !== column) break;
      if (i === first) to(x, pixel);
      if (pixel > lowestY) {
        lowestY = pixel;
        lowest = i;
      }
      if (pixel < highestY) {
        highestY = pixel;
        highest = i;
      }
      lastX = nextX;
      lastY = pixel;
    }
    if (i === first) {
      down = false;
      i++;
      continue;
    }
    if (i - first > 1) {
      for (const [place, y] of lowest < highest
        ? ([
            [lowest, lowestY],
            [highest, highestY],
          ] as const)
        : ([
            [highest, highestY],
            [lowest, lowestY],
          ] as const))
        if (place > first && place < i - 1) to(x, y);
      to(lastX, lastY);
    }
  }
}
