/** The card that an export of ours left beside a weight file. */
import { createHash } from 'node:crypto';
import { createReadStream, lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ExportCard } from '../../contract/weights/exportCard.ts';
import type { ModelSpec } from '../../contract/runSpec.ts';
import type { MappingReport, OutputClasses } from '../../contract/weights/weights.ts';

const MAX_CARD_BYTES = 4 * 2 ** 20;

/** What a card says of the weights in its file; nulls where it says nothing, or belongs to another file. */
export interface CardBeside extends Pick<MappingReport, 'input' | 'labels' | 'protocol' | 'notes'> {
  /** The network with its options, and the side of its input in pixels. */
  readonly network: (ModelSpec & { readonly size: number }) | null;
  readonly outputs: OutputClasses | null;
}

/**
 * What `<path>.card.json` says; null where there is none. A card counts for the very file it was written with, by its
 * hash: for another one only a note says that it was passed over. Links are not followed.
 */
export async function readCardBeside(path: string): Promise<CardBeside | null> {
  const beside = `${path}.card.json`;
  const facts = lstatSync(beside, { throwIfNoEntry: false });
  if (!facts?.isFile() || facts.size > MAX_CARD_BYTES) return null;
  const card = ExportCard.safeParse(parsed(await readFile(beside, 'utf8'))).data;
  if (!card) return null;
  const name = basename(beside);
  if (card.files[0]?.sha256 !== (await sha256Of(path)))
    return {
      network: null,
      input: null,
      labels: null,
      outputs: null,
      protocol: null,
      notes: [`${name} belongs to another file (its SHA-256 differs) and was passed over.`],
    };
  const { model, size, input, labels, classNames, classIds, protocol } = card;
  return {
    network: { ...model, size },
    input,
    labels,
    outputs: classNames && { ids: classIds ?? classNames, names: classNames },
    protocol,
    notes: [`Preprocessing read from ${name}, which was exported with these weights.`],
  };
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
