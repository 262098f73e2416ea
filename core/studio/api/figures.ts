/** Handlers of figures and reports: each is written where a page can download it. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../files/makeFolder.ts';
import type { SavedFile } from '../../../contract/api/figures.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { exportUrl } from '../host/mediaPath.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { api } from './implementer.ts';

const LONGEST_NAME = 60;

/** Leaves nothing behind where it fails. @throws {StudioError} `file.diskFull` and the like */
async function saveForDownload(
  { studio }: StudioHost,
  { title, ending, data }: { title: string; ending: string; data: string | Buffer },
): Promise<SavedFile> {
  const id = randomUUID();
  const folder = studio.paths.exportDir(id);
  const fileName = `${plainName(title)}.${ending}`;
  try {
    await makeFolder(folder);
    await writeDurableFile(join(folder, fileName), data);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return { url: exportUrl(id, fileName), fileName, sizeBytes: Buffer.byteLength(data) };
}

/** A name every system takes. */
function plainName(title: string): string {
  const plain = title
    .replace(/[^A-Za-z0-9 _-]/g, '_')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, LONGEST_NAME)
    .trim();
  return plain || 'figure';
}

export const figuresRouter = {
  make: api.figures.make.handler(async ({ input: { question, format, dark }, context: { host } }) => {
    const ask = host.reader.ask.bind(host.reader);
    const { title, data } = await host.studio.figures.make(question, format, { dark, ask });
    return saveForDownload(host, { title, ending: format, data });
  }),
  report: api.figures.report.handler(async ({ input: { subject, images }, context: { host } }) => {
    const ask = host.reader.ask.bind(host.reader);
    const { title, page, figures } = await host.studio.reports.make(subject, { version: host.version, images, ask });
    return { ...(await saveForDownload(host, { title: `Report ${title}`, ending: 'html', data: page })), figures };
  }),
};
