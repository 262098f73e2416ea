/** The data set that `-t` and `-v` name: imported once, found again afterwards. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { DatasetCard } from '../contract/dataset.ts';
import { StudioError } from '../contract/errors.ts';
import type { Session } from './session.ts';

/**
 * What to import for a pair of folders: their common parent when they are `train` and `val` (or `valid`, `validation`)
 * of one data set such as Tiny ImageNet; the training folder itself when there is no other; else a folder of ours in
 * which two links, `train` and `val`, lead to them.
 * @throws {StudioError} `file.notFound`
 */
export function importRoot(train: string, val: string | undefined, dataDir: string): string {
  const trainDir = requireFolder(train);
  const parentOfTrain = dirname(trainDir);
  if (val === undefined)
    return isTrainName(trainDir) && ['val', 'valid', 'validation'].some((name) => existsSync(join(parentOfTrain, name)))
      ? parentOfTrain
      : trainDir;
  const valDir = requireFolder(val);
  if (valDir === trainDir) return trainDir;
  if (dirname(valDir) === parentOfTrain && isTrainName(trainDir) && /^val(id(ation)?)?$/i.test(basename(valDir)))
    return parentOfTrain;
  const root = join(dataDir, 'pairs', createHash('sha256').update(`${trainDir}\n${valDir}`).digest('hex').slice(0, 16));
  mkdirSync(root, { recursive: true });
  for (const [name, target] of [
    ['train', trainDir],
    ['val', valDir],
  ] as const) {
    if (!existsSync(join(root, name))) symlinkSync(target, join(root, name), 'dir');
  }
  return root;
}

/** The data set of these folders; imports it when it is not there or its files have changed. */
export async function datasetOfFolders(session: Session, train: string, val: string | undefined): Promise<DatasetCard> {
  const { studio, progress, work } = session;
  const root = importRoot(train, val, studio.paths.dataDir);
  const known = await studio.datasets.findByRoot(root);
  if (known && (await isUnchanged(session, known))) {
    progress.say(`Data set "${known.name}" (${known.id}) was imported from ${root} before and is used again.`);
    return known;
  }
  progress.say(known ? `The files in ${root} have changed; importing them again.` : `Importing ${root}.`);
  return studio.datasets.import({ path: root, name: await freeNameFor(session, train, root) }, work);
}

/** A folder called "train" says nothing, nor does one that we named. */
async function freeNameFor(session: Session, train: string, root: string): Promise<string> {
  const trainDir = resolve(train);
  const chosen =
    root.startsWith(session.studio.paths.dataDir) || isTrainName(root)
      ? `${basename(dirname(trainDir))} ${basename(trainDir)}`
      : basename(root);
  const taken = new Set((await session.studio.datasets.list()).datasets.map((card) => card.name.toLowerCase()));
  for (let number = 1; ; number++) {
    const name = number === 1 ? chosen : `${chosen} ${number}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

async function isUnchanged({ studio, work }: Session, card: DatasetCard): Promise<boolean> {
  const { changed, missing, added, problem } = await studio.datasets.check(card.id, work);
  return changed + missing + added === 0 && problem === null;
}

function requireFolder(path: string): string {
  const folder = resolve(path);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new StudioError('file.notFound', `There is no folder ${folder}.`, {
      remedy: 'Give the folder with one folder of images for each class.',
    });
  return folder;
}

function isTrainName(folder: string): boolean {
  return /^train(ing)?$/i.test(basename(folder));
}
