/**
 * Colours that people with the common colour vision deficiencies can tell apart: Okabe and Ito, "Color Universal
 * Design" (2008). The order puts the ones that read best on both light and dark backgrounds first; yellow, weak on
 * white, comes last.
 */
export const OKABE_ITO = {
  blue: '#0072B2',
  vermillion: '#D55E00',
  green: '#009E73',
  purple: '#CC79A7',
  orange: '#E69F00',
  sky: '#56B4E9',
  black: '#000000',
  yellow: '#F0E442',
} as const;

export const MEMBER_COLORS: readonly string[] = Object.values(OKABE_ITO);

export const MARKERS = ['circle', 'square', 'triangle', 'diamond', 'plus', 'cross', 'triangleDown', 'hexagon'] as const;
export type Marker = (typeof MARKERS)[number];

/**
 * Colour and marker of the network at `index`; past eight the colours repeat and the markers shift, so that no two of
 * 64 look alike.
 */
export function memberStyle(index: number): { color: string; marker: Marker } {
  const round = Math.floor(index / MEMBER_COLORS.length);
  return { color: MEMBER_COLORS[index % MEMBER_COLORS.length]!, marker: MARKERS[(index + round) % MARKERS.length]! };
}
