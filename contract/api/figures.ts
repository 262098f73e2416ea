/** Figures and reports as files for download. */
import { z } from 'zod';
import { FigureFormat, FigureQuestion } from '../results/figure.ts';
import { ReportSubject } from '../results/report.ts';
import { procedure } from './procedure.ts';

/** The address is relative to the studio's own origin. */
export const SavedFile = z.object({ url: z.string(), fileName: z.string(), sizeBytes: z.int() });
export type SavedFile = z.infer<typeof SavedFile>;

export const figuresContract = {
  make: procedure
    .input(z.object({ question: FigureQuestion, format: FigureFormat, dark: z.boolean().default(false) }))
    .output(SavedFile),
  /**
   * One page about a run, an ensemble or a published table; `figures` of it carry their sources. Without `images` it
   * may be passed on where the data's licence does not allow that of its images.
   */
  report: procedure
    .input(z.object({ subject: ReportSubject, images: z.boolean().default(true) }))
    .output(SavedFile.extend({ figures: z.int() })),
};
