/**
 * An export of weights where a page can download it: one file, or the tar archive of a folder, with its card beside it.
 */
import { randomUUID } from 'node:crypto';
import { cp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportedWeights } from '../../../../contract/api/weights.ts';
import type { ExportCard, ExportFormat } from '../../../../contract/weights/exportCard.ts';
import { exportUrl } from '../../host/mediaPath.ts';
import type { StudioPaths } from '../../records/paths.ts';
import { writeTar } from '../../../formats/archive/writeTar.ts';

/** Formats that are folders have no ending. */
const ENDINGS: Readonly<Record<ExportFormat, string>> = {
  safetensors: '.safetensors',
  npy: '.npy',
  onnx: '.onnx',
  savedmodel: '',
  tfjs: '',
};
const MAX_NAME = 60;

/** Leaves nothing behind where `write` fails. @throws {StudioError} as `write`; `file.diskFull` and the like */
export async function exportForDownload(
  { exportDir }: StudioPaths,
  asked: { readonly format: ExportFormat; readonly name: string },
  write: (output: string) => Promise<ExportCard>,
): Promise<ExportedWeights> {
  const id = randomUUID();
  const folder = exportDir(id);
  const plain =
    asked.name
      .replace(/[^A-Za-z0-9 _-]/g, '_')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, MAX_NAME)
      .trim() || 'weights';
  const ending = ENDINGS[asked.format];
  const output = join(folder, `${plain}${ending}`);
  const cardName = `${plain}${ending}.card.json`;
  try {
    const card = await write(output);
    if (ending !== '')
      return {
        path: output,
        url: exportUrl(id, `${plain}${ending}`),
        fileName: `${plain}${ending}`,
        cardUrl: exportUrl(id, cardName),
        sizeBytes: card.sizeBytes,
        sha256: card.files[0]?.sha256 ?? null,
        notes: card.notes,
      };
    const fileName = `${plain}-${asked.format}.tar`;
    await writeTar(output, join(folder, fileName));
    await cp(join(output, 'card.json'), join(folder, cardName));
    return {
      path: output,
      url: exportUrl(id, fileName),
      fileName,
      cardUrl: exportUrl(id, cardName),
      sizeBytes: (await stat(join(folder, fileName))).size,
      sha256: null,
      notes: card.notes,
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
