/** What published weights need to be used: the classes that their outputs stand for, and how their images are fed. */
import type { CatalogueWeights } from '../../../contract/catalogue.ts';
import type { Protocol } from '../../../contract/protocol.ts';
import type { OutputClasses } from '../../../contract/weights/weights.ts';
import { ILSVRC2015_ORDER } from '../../evaluate/protocols/ilsvrc2015.ts';
import { synsetWords } from '../../data/readers/synsetNames.ts';
import type { ImportWeightsRequest } from '../weights/importWeights.ts';

const CIFAR_10 = 'airplane automobile bird cat deer dog frog horse ship truck';
const CIFAR_100 =
  'apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle ' +
  'caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant ' +
  'flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man ' +
  'maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree ' +
  'plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper ' +
  'snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train ' +
  'trout tulip turtle wardrobe whale willow_tree wolf woman worm';

/** Classes in the usual order of a published data set: ImageNet's by their WordNet ids, others by their names. */
export function classesOf(list: CatalogueWeights['classList']): OutputClasses {
  if (list === 'imagenet-1k') {
    const words = [...synsetWords()].sort(([a], [b]) => (a < b ? -1 : 1));
    return { ids: words.map(([id]) => id), names: words.map(([, name]) => name) };
  }
  const names = { 'cifar-10': CIFAR_10, 'cifar-100': CIFAR_100, mnist: '0 1 2 3 4 5 6 7 8 9' }[list].split(' ');
  return { ids: names, names };
}

/** The classes that the outputs stand for, one by one. */
function outputsOf({ classList, classOrder }: CatalogueWeights): OutputClasses {
  const { ids, names } = classesOf(classList);
  if (classOrder === 'usual') return { ids, names };
  return { ids: ILSVRC2015_ORDER.map((place) => ids[place]!), names: ILSVRC2015_ORDER.map((place) => names[place]!) };
}

/** What the catalogue knows of weights better than their file. */
export function useOf(
  entry: CatalogueWeights,
): Pick<ImportWeightsRequest, 'input' | 'labels' | 'outputs' | 'protocol'> {
  const outputs = outputsOf(entry);
  const protocol = protocolOf(entry);
  return {
    ...(entry.input && { input: entry.input }),
    // the outputs are named one by one, so that they also fit data sets with a part of these classes
    ...(outputs.ids.length === entry.classes && { labels: 'own', outputs }),
    ...(protocol && { protocol }),
  };
}

/** That of the first published figure; null where images are taken whole. */
function protocolOf({ published: [figure] }: CatalogueWeights): Protocol | null {
  if (!figure || figure.crop === null || figure.shortSide === null) return null;
  const { crop, shortSide, method } = figure;
  return {
    name: `centre-${crop}-of-${shortSide}-${method}`,
    title: `Centre crop ${crop} of short side ${shortSide} (${method}), as published`,
    resize: { kind: 'shortSide', sizes: [shortSide], method },
    crop,
    crops: 'centreHalfEven',
    mirror: false,
    average: 'probabilities',
    input: null,
    labels: null,
  };
}
