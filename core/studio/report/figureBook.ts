/** The figures of a report while it is written: each is read once, and shown with a mark that leads to its source. */
import type { FigureQuestion } from '../../../contract/results/figure.ts';
import type { ReportFigure, ReportFormat, ReportSource, ReportValue } from '../../../contract/results/report.ts';
import { PAGE_FIGURE } from '../../../pure/figures/theme.ts';
import { drawFigure } from '../figures/drawFigure.ts';
import { figureText } from './figureText.ts';
import { drawn, type Html, html } from './html.ts';
import { digestOf, readFigure, type Reading } from './readFigure.ts';

export class FigureBook {
  readonly reading: Reading;
  readonly figures: ReportFigure[] = [];

  constructor(reading: Reading) {
    this.reading = reading;
  }

  /** The figure as text, its mark around it. @param label what it is, for whoever checks it */
  async show(label: string, format: ReportFormat, source: ReportSource): Promise<Html> {
    const value = await readFigure(source, this.reading);
    const id = this.#keep(label, format, source, value);
    return html`<span data-figure="${id}">${figureText(value, format)}</span>`;
  }

  /** The drawing inside a `figure` element; null where there is nothing to draw. */
  async draw(label: string, question: FigureQuestion): Promise<Html | null> {
    const figure = await drawFigure(question, { ...this.reading, theme: PAGE_FIGURE }).catch(() => null);
    if (!figure) return null;
    const svg = figure.svg.trimEnd();
    const id = this.#keep(label, 'drawing', { kind: 'drawing', question }, digestOf(svg));
    return html`<figure class="drawing" data-figure="${id}">${drawn(svg)}</figure> `;
  }

  #keep(label: string, format: ReportFormat, source: ReportSource, value: ReportValue): string {
    const id = `f${this.figures.length + 1}`;
    this.figures.push({ id, label, value, format, source });
    return id;
  }
}
