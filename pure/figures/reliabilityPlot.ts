/** Are probabilities what they say? Accuracy of the decided class against its probability, bin by bin, as one SVG. */
import { StudioError } from '../../contract/errors.ts';
import { figureSvg, round, textSvg } from './figureSvg.ts';
import { fitText } from './svgText.ts';
import { type FigureTheme, LIGHT_FIGURE } from './theme.ts';

export interface ReliabilityBins {
  readonly labelled: number;
  readonly expectedError: number | null;
  readonly bins: readonly {
    readonly low: number;
    readonly high: number;
    readonly count: number;
    readonly confidence: number | null;
    readonly accuracy: number | null;
  }[];
}

const PLOT = { left: 68, top: 92, side: 380 };
const WIDTH = 620;

/**
 * Bars reach to the bin's accuracy; on the diagonal a probability of 80 % is right 80 times in a hundred.
 * @throws {StudioError} `input.invalid`: where no image has a label
 */
export function reliabilitySvg(
  { labelled, expectedError, bins }: ReliabilityBins,
  { title, subtitle, theme = LIGHT_FIGURE }: { title: string; subtitle: string; theme?: FigureTheme },
): string {
  if (labelled === 0)
    throw new StudioError('input.invalid', 'There is no reliability diagram: no image has a label.', {
      remedy: 'Evaluate on a labelled split.',
    });
  const { left, top, side } = PLOT;
  const x = (share: number): number => left + share * side;
  const y = (share: number): number => top + (1 - share) * side;
  const bottom = top + side;
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const filled = bins.filter(({ count }) => count > 0);
  return figureSvg({ width: WIDTH, height: bottom + 60, label: title, theme }, [
    textSvg(left, 40, fitText(title, WIDTH - left - 20, 20), 20, theme.text, 'start', true),
    textSvg(left, 62, fitText(subtitle, WIDTH - left - 20, 13), 13, theme.muted),
    textSvg(left, top - 10, 'Right, %', 13, theme.text, 'start', true),
    `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="${theme.panel}"/>`,
    ...ticks.map(
      (tick) =>
        `<path d="M${left} ${round(y(tick))}h${side}M${round(x(tick))} ${top}v${side}" stroke="${theme.grid}"/>` +
        textSvg(left - 10, y(tick) + 4, String(Math.round(tick * 100)), 12, theme.muted, 'end') +
        textSvg(x(tick), bottom + 19, String(Math.round(tick * 100)), 12, theme.muted, 'middle'),
    ),
    ...filled.map(({ low, high, accuracy }) => {
      const height = (accuracy ?? 0) * side;
      return (
        `<rect x="${round(x(low) + 1)}" y="${round(bottom - height)}" width="${round((high - low) * side - 2)}" ` +
        `height="${round(height)}" fill="${theme.cell}" fill-opacity="0.45"/>`
      );
    }),
    `<path d="M${left} ${bottom}L${left + side} ${top}" stroke="${theme.axis}" stroke-dasharray="5 4" fill="none"/>`,
    ...filled.map(
      ({ confidence, accuracy }) =>
        `<circle cx="${round(x(confidence ?? 0))}" cy="${round(y(accuracy ?? 0))}" r="3.5" fill="${theme.cell}"/>`,
    ),
    `<path d="M${left} ${top}V${bottom}h${side}" fill="none" stroke="${theme.axis}"/>`,
    textSvg(left + side / 2, bottom + 42, 'Probability of the decided class, %', 13, theme.text, 'middle'),
    textSvg(left + side + 16, top + 20, `${labelled} images`, 12, theme.muted),
    textSvg(left + side + 16, top + 40, 'Expected error', 12, theme.muted),
    textSvg(left + side + 16, top + 58, expectedError === null ? '–' : expectedError.toFixed(4), 13, theme.text),
  ]);
}
