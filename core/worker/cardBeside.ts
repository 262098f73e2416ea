/** The card that an export of ours left beside a weight file. */
import { createHash } from 'node:crypto';
import { createReadStream, lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ExportCard } from '../../contract/exportCard.ts';
import type { MappingReport } from '../../contract/weights.ts';

const MAX_CARD_BYTES = 4 * 2 ** 20;

export type SaidBeside = Pick<MappingReport, 'input' | 'labels' | 'notes'>;

/**
 * What `<path>.card.json` says of how the weights want their pictures; null where there is none that is a card of `channels` channels. A card counts for the very
 * file it was written with, by its hash: for another one only a note says that it was passed over. Links are not followed.
 */
export async function readCardBeside(path: string, channels: number): Promise<SaidBeside | null> {
  const beside = `${path}.card.json`;
  const facts = lstatSync(beside, { throwIfNoEntry: false });
  if (!facts?.isFile() || facts.size > MAX_CARD_BYTES) return null;
  const card = ExportCard.safeParse(parsed(await readFile(beside, 'utf8'))).data;
  if (!card || card.input?.mean.length !== channels) return null;
  const { input, labels, files } = card;
  const name = basename(beside);
  if (files[0]?.sha256 !== (await sha256Of(path)))
    return {
      input: null,
      labels: null,
      notes: [`${name} belongs to another file (its SHA-256 differs) and was passed over.`],
    };
  return { input, labels, notes: [`How they want their pictures is from ${name}, which was exported with them.`] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
