/**
 * Every reader lists classes in an order of its own. Whatever the order, and whichever classes are dropped, added or
 * spelled otherwise: an image's label leads to the network's output for its class.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { columnsFor, labelIn } from '../../../../core/evaluate/classColumns.ts';
import type { ClassList } from '../../../../pure/classes/classMatch.ts';
import { seeded } from '../../evaluate/seeded.ts';
import { put, temporaryFolder } from '../fixtures.ts';
import { pickledBatch, pickledNames } from './pickledCifar.ts';
import { scan } from './scanning.ts';

/** Images of each class in training. */
const IMAGES = 3;
const FILLER = Buffer.from('not looked into');

/** A class as a data set has it; `output`: the network's, −1 for one that it does not know. */
interface DataClass {
  readonly wnid: string;
  readonly name: string;
  readonly output: number;
}

const NETWORK: ClassList = {
  ids: ['n01443537', 'n01629819', 'n02058221', 'n02085620', 'n02123045', 'n02206856', 'n02504458', 'n02802426'],
  names: ['goldfish', 'salamander', 'albatross', 'chihuahua', 'tabby café', 'bee', 'elephant', 'basketball'],
};

/** What a data set makes of the network's classes. */
function drawClasses(random: () => number): DataClass[] {
  const draw = (below: number): number => Math.floor(random() * below);
  const spelled = (name: string): string => [name, name.toUpperCase(), name.normalize('NFD')][draw(3)]!;
  const kept = NETWORK.ids.flatMap((wnid, output): DataClass[] =>
    random() < 0.25 ? [] : [{ wnid, name: spelled(NETWORK.names[output]!), output }],
  );
  const added = Array.from({ length: 2 + draw(3) }, (_, i): DataClass => ({
    wnid: `n0900000${i}`,
    name: `another ${i}`,
    output: -1,
  }));
  return [...kept, ...added].sort(() => random() - 0.5);
}

/** Writes a data set; tells the class of each image by its path. */
type Writer = (root: string, classes: readonly DataClass[], random: () => number) => (path: string) => DataClass;

const byFolder =
  (classes: readonly DataClass[], called: (one: DataClass) => string) =>
  (path: string): DataClass =>
    classes.find((one) => path.split('/').includes(called(one)))!;

const imagesOf = (one: DataClass): string[] => Array.from({ length: IMAGES }, (_, i) => `${one.wnid}_${i}`);

/** Records of which every n-th, from `start`, is of class n. */
const labelsOf = (classes: readonly DataClass[]): number[] =>
  Array.from({ length: IMAGES * classes.length }, (_, i) => i % classes.length);

const WRITERS: Readonly<Record<string, Writer>> = {
  'class folders by name'(root, classes) {
    for (const one of classes) for (const image of imagesOf(one)) put(join(root, one.name, `${image}.png`), FILLER);
    return byFolder(classes, ({ name }) => name);
  },
  'class folders by WordNet id'(root, classes) {
    for (const one of classes)
      for (const image of imagesOf(one)) put(join(root, 'train', one.wnid, `${image}.png`), FILLER);
    return byFolder(classes, ({ wnid }) => wnid);
  },
  'a list'(root, classes, random) {
    const rows = classes.flatMap((one) => imagesOf(one).map((image) => ({ image, one })));
    rows.sort(() => random() - 0.5);
    for (const { image } of rows) put(join(root, 'images', `${image}.png`), FILLER);
    put(
      join(root, 'list.csv'),
      `path,label\n${rows.map(({ image, one }) => `images/${image}.png,${one.name}`).join('\n')}\n`,
    );
    return (path) => classes.find(({ wnid }) => path.includes(wnid))!;
  },
  'Tiny ImageNet'(root, classes) {
    put(join(root, 'wnids.txt'), `${classes.map(({ wnid }) => wnid).join('\n')}\n`);
    put(join(root, 'words.txt'), `${classes.map(({ wnid, name }) => `${wnid}\t${name}`).join('\n')}\n`);
    for (const one of classes)
      for (const image of imagesOf(one)) put(join(root, 'train', one.wnid, 'images', `${image}.JPEG`), FILLER);
    const val = classes.map((one, i) => {
      put(join(root, 'val/images', `val_${one.wnid}.JPEG`), FILLER);
      return `val_${one.wnid}.JPEG\t${one.wnid}\t0\t0\t${i}\t${i}`;
    });
    put(join(root, 'val/val_annotations.txt'), `${val.join('\n')}\n`);
    return (path) => classes.find(({ wnid }) => path.includes(wnid))!;
  },
  ImageNet(root, classes) {
    for (const split of ['train', 'val'])
      for (const one of classes)
        for (const image of imagesOf(one)) put(join(root, split, one.wnid, `${image}.JPEG`), FILLER);
    put(join(root, 'synset_words.txt'), `${classes.map(({ wnid, name }) => `${wnid} ${name}`).join('\n')}\n`);
    return byFolder(classes, ({ wnid }) => wnid);
  },
  Places365(root, classes) {
    const ids = classes.map(({ name }) => `/${name[0]!.toLowerCase()}/${name.replaceAll(' ', '_')}`);
    put(join(root, 'categories_places365.txt'), `${ids.map((id, i) => `${id} ${i}`).join('\n')}\n`);
    const train = classes.flatMap((one, label) =>
      imagesOf(one).map((image) => {
        put(join(root, 'data_256', `${ids[label]!}/${image}.jpg`), FILLER);
        return `${ids[label]!}/${image}.jpg ${label}`;
      }),
    );
    put(join(root, 'places365_train_standard.txt'), `${train.join('\n')}\n`);
    const val = classes.map((one, label) => {
      put(join(root, 'val_256', `${one.wnid}.jpg`), FILLER);
      return `${one.wnid}.jpg ${label}`;
    });
    put(join(root, 'places365_val.txt'), `${val.join('\n')}\n`);
    return (path) => classes.find(({ wnid }) => path.includes(wnid))!;
  },
  'CIFAR-10, binary'(root, classes) {
    const records = Buffer.concat(labelsOf(classes).map((label) => Buffer.alloc(3073, label)));
    for (const file of ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'])
      put(join(root, `${file}.bin`), records);
    put(join(root, 'batches.meta.txt'), `${classes.map(({ name }) => name).join('\n')}\n`);
    return byRecord(classes);
  },
  'CIFAR-100, binary'(root, classes) {
    const records = Buffer.concat(labelsOf(classes).map((label) => Buffer.alloc(3074, label)));
    for (const file of ['train', 'test']) put(join(root, `${file}.bin`), records);
    const names = `${classes.map(({ name }) => name).join('\n')}\n`;
    for (const kind of ['fine', 'coarse']) put(join(root, `${kind}_label_names.txt`), names);
    return byRecord(classes);
  },
  'CIFAR, Python'(root, classes) {
    const labels = labelsOf(classes);
    const batch = pickledBatch(labels, Buffer.alloc(3072 * labels.length));
    for (const file of ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'])
      put(join(root, file), batch);
    // These files are ASCII.
    const plain = classes.map(({ name }) => name.normalize('NFC').replace(/[^ -~]/g, 'e'));
    put(join(root, 'batches.meta'), pickledNames('label_names', plain));
    return byRecord(classes);
  },
};

function byRecord(classes: readonly DataClass[]): (path: string) => DataClass {
  return (path) => classes[Number(path.split('#')[1]) % classes.length]!;
}

it.each(Object.entries(WRITERS))('%s', (name, write) => {
  const random = seeded(365);
  for (let round = 0; round < 12; round++) {
    const root = temporaryFolder();
    const classes = drawClasses(random);
    const classOf = write(root, classes, random);
    const found = scan(root, { val: 0.34, seed: round });
    const network =
      name === 'CIFAR, Python'
        ? { ids: NETWORK.ids, names: NETWORK.names.map((one) => one.replace('é', 'e')) }
        : NETWORK;
    const columns = columnsFor(
      network,
      { ids: found.classIds, names: found.classNames },
      { network: 'The network', data: name },
    );
    let labelled = 0;
    for (const { path, label } of found.entries) {
      const { output } = classOf(path);
      expect(label, path).toBeGreaterThanOrEqual(0);
      expect(columns.outputOf[label], `${path} of ${found.classNames[label]!}`).toBe(output);
      expect(labelIn(columns, label)).toBe(output < 0 ? -1 : label);
      labelled++;
    }
    expect(labelled).toBeGreaterThanOrEqual(IMAGES * classes.length);
    // What the data set lacks has a column as well, behind the others.
    expect(new Set(columns.outputOf.filter((output) => output >= 0)).size).toBe(NETWORK.ids.length);
  }
});
