/** Figures and reports as files: made by the host, saved by the browser. */
import { defineStore } from 'pinia';
import type { SavedFile } from '../../../contract/api/figures.ts';
import type { FigureFormat, FigureRequest } from '../../../contract/results/figure.ts';
import type { ReportSubject } from '../../../contract/results/report.ts';
import { useBridge } from '../../bridge/useBridge.ts';

export const useFiguresStore = defineStore('figures', () => {
  const { api } = useBridge();
  return {
    async save(question: FigureRequest, format: FigureFormat, dark: boolean): Promise<SavedFile> {
      return download(await api.figures.make({ question, format, dark }));
    },
    async saveReport(subject: ReportSubject, images: boolean): Promise<SavedFile & { figures: number }> {
      return download(await api.figures.report({ subject, images }));
    },
  };
});

function download<File extends SavedFile>(file: File): File {
  const link = document.createElement('a');
  link.href = file.url;
  link.download = file.fileName;
  link.click();
  return file;
}
