import type { Marker } from '../../../pure/palette.ts';

/** Outlines in a box of 12 by 12, as SVG paths: the same sign in charts, legends and tables. */
export const MARKER_SHAPES: Readonly<Record<Marker, string>> = {
  circle: 'M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10z',
  square: 'M1.5 1.5h9v9h-9z',
  triangle: 'M6 .8l5.4 10H.6z',
  diamond: 'M6 .3L11.7 6 6 11.7.3 6z',
  plus: 'M4.3.8h3.4v3.5h3.5v3.4H7.7v3.5H4.3V7.7H.8V4.3h3.5z',
  cross: 'M2.6.6L6 4 9.4.6l2 2L8 6l3.4 3.4-2 2L6 8l-3.4 3.4-2-2L4 6 .6 2.6z',
  triangleDown: 'M6 11.2L.6 1.2h10.8z',
  hexagon: 'M6 .3l5 2.85v5.7L6 11.7 1 8.85v-5.7z',
};
/** Marks the best epoch. */
export const STAR = 'M6 0l1.5 4.1 4.4.2-3.4 2.7 1.2 4.2L6 8.8l-3.7 2.4 1.2-4.2L.1 4.3l4.4-.2z';
