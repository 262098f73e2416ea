/** The signs that tell lines apart without colour, as SVG shapes with an edge in the ground's colour. */
import type { Marker } from '../palette.ts';

/** Corners on the unit circle's square, y downwards. */
const SHAPES: Record<Exclude<Marker, 'circle'>, readonly (readonly [number, number])[]> = {
  square: [
    [-0.88, -0.88],
    [0.88, -0.88],
    [0.88, 0.88],
    [-0.88, 0.88],
  ],
  triangle: [
    [0, -1.15],
    [1.1, 0.85],
    [-1.1, 0.85],
  ],
  triangleDown: [
    [0, 1.15],
    [1.1, -0.85],
    [-1.1, -0.85],
  ],
  diamond: [
    [0, -1.3],
    [1.15, 0],
    [0, 1.3],
    [-1.15, 0],
  ],
  hexagon: [
    [-0.55, -1],
    [0.55, -1],
    [1.1, 0],
    [0.55, 1],
    [-0.55, 1],
    [-1.1, 0],
  ],
  plus: [
    [-0.38, -1.2],
    [0.38, -1.2],
    [0.38, -0.38],
    [1.2, -0.38],
    [1.2, 0.38],
    [0.38, 0.38],
    [0.38, 1.2],
    [-0.38, 1.2],
    [-0.38, 0.38],
    [-1.2, 0.38],
    [-1.2, -0.38],
    [-0.38, -0.38],
  ],
  cross: [
    [0, -0.54],
    [0.58, -1.12],
    [1.12, -0.58],
    [0.54, 0],
    [1.12, 0.58],
    [0.58, 1.12],
    [0, 0.54],
    [-0.58, 1.12],
    [-1.12, 0.58],
    [-0.54, 0],
    [-1.12, -0.58],
    [-0.58, -1.12],
  ],
};

const STAR = Array.from({ length: 10 }, (_, corner): readonly [number, number] => {
  const radius = corner % 2 === 0 ? 1 : 0.46;
  const angle = (corner * Math.PI) / 5;
  return [radius * Math.sin(angle), -radius * Math.cos(angle)];
});

/** A marker of about `radius` pixels around (x, y). */
export function markerSvg(
  marker: Marker,
  x: number,
  y: number,
  radius: number,
  color: string,
  edge = '#ffffff',
): string {
  const style = `fill="${color}" stroke="${edge}" stroke-width="1.1"`;
  return marker === 'circle'
    ? `<circle cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" r="${radius}" ${style}/>`
    : `<polygon points="${corners(SHAPES[marker], x, y, radius)}" ${style}/>`;
}

/** A five-pointed star around (x, y). */
export function starSvg(x: number, y: number, radius: number, color: string, edge = '#ffffff'): string {
  return (
    `<polygon points="${corners(STAR, x, y, radius)}" fill="${color}" stroke="${edge}" stroke-width="1.6" ` +
    'stroke-linejoin="round" paint-order="stroke"/>'
  );
}

function corners(shape: readonly (readonly [number, number])[], x: number, y: number, radius: number): string {
  return shape.map(([dx, dy]) => `${(x + dx * radius).toFixed(2)},${(y + dy * radius).toFixed(2)}`).join(' ');
}
