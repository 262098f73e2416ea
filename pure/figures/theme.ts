/** Colours of a figure: for a file that is light or dark, or for a page that decides by its own style sheet. */
import { MEMBER_COLORS, memberStyle, OKABE_ITO } from '../palette.ts';

export interface FigureTheme {
  readonly background: string;
  readonly panel: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly axis: string;
  /** Of the cells of a matrix, stronger where more was counted. */
  readonly cell: string;
  /** Of the network at `index`. */
  member(index: number): string;
}

/** The palette's black, yellow and blue vanish on one of the two grounds. */
const ON_DARK: Readonly<Record<string, string>> = { [OKABE_ITO.black]: '#E6E6E6', [OKABE_ITO.blue]: '#3D9BE0' };
const ON_LIGHT: Readonly<Record<string, string>> = { [OKABE_ITO.yellow]: '#B8A800' };

/** The palette's colour at `index`, readable on a light or on a dark ground. */
export function memberColor(index: number, dark: boolean): string {
  const { color } = memberStyle(index);
  return (dark ? ON_DARK : ON_LIGHT)[color] ?? color;
}

export const LIGHT_FIGURE: FigureTheme = {
  background: '#ffffff',
  panel: '#fbfbfc',
  text: '#1a1c1e',
  muted: '#5f6468',
  grid: '#e4e7ea',
  axis: '#aab0b5',
  cell: OKABE_ITO.blue,
  member: (index) => memberColor(index, false),
};

export const DARK_FIGURE: FigureTheme = {
  background: '#16181b',
  panel: '#1d2024',
  text: '#e6e8ea',
  muted: '#a3aab0',
  grid: '#30353a',
  axis: '#5a6168',
  cell: '#3D9BE0',
  member: (index) => memberColor(index, true),
};

const GROUNDS = ['background', 'panel', 'text', 'muted', 'grid', 'axis', 'cell'] as const;

/** Colours by the names that `figureVariables` gives values to. */
export const PAGE_FIGURE: FigureTheme = {
  background: 'var(--figure-background)',
  panel: 'var(--figure-panel)',
  text: 'var(--figure-text)',
  muted: 'var(--figure-muted)',
  grid: 'var(--figure-grid)',
  axis: 'var(--figure-axis)',
  cell: 'var(--figure-cell)',
  member: (index) => `var(--figure-member-${index % MEMBER_COLORS.length})`,
};

/** Declarations of the page's colours, for a rule of its style sheet. */
export function figureVariables(theme: FigureTheme): string {
  return [
    ...GROUNDS.map((ground) => `--figure-${ground}: ${theme[ground]};`),
    ...MEMBER_COLORS.map((_, index) => `--figure-member-${index}: ${theme.member(index)};`),
  ].join(' ');
}
