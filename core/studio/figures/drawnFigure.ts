/** A figure, and what it is drawn with. */
import type { FigureTheme } from '../../../pure/figures/theme.ts';
import type { StudioContext } from '../context.ts';
import type { Ask } from '../lookups/handlers.ts';

export interface DrawnFigure {
  readonly title: string;
  readonly svg: string;
  /** The first row has the names of the columns. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export interface Drawing {
  readonly context: StudioContext;
  readonly ask: Ask;
  readonly theme: FigureTheme;
}
