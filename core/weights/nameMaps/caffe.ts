/** Names in published Caffe files: ours come from them, but for slashes, which our names do without, and some heads. */
import type { LayerRow } from '../../models/describe.ts';
import { type NameMap, onlyFor } from './nameMap.ts';

/** Where the files of the SENet authors and of Hikvision have slashes. */
function slashed(name: string): string {
  const bn = name.endsWith('_bn');
  const layer = (bn ? name.slice(0, -3) : name)
    .replace(/^(conv1|conv2)_(\dx\d)/, '$1/$2')
    .replace(/^(conv1_\d)_(3x3)/, '$1/$2')
    .replace(/^(inception_\d[a-z])_(?!1x1_(?:down|up))/, '$1/')
    .replace(/^(conv|fc)(\d_\d+)_(x\d|prj|sqz|exc)$/, '$1$2/$3');
  return bn ? `${layer}/bn` : layer;
}

const renamed = (layers: readonly LayerRow[], head: string, rename: (name: string) => string): Map<string, string> =>
  new Map(layers.map(({ name, kind }) => [name, kind === 'dense' && name === 'classifier' ? head : rename(name)]));
const same = (name: string): string => name;
const ROUNDED_UP = 'These are names of Caffe files, whose poolings are rounded up and count their padding.';
const file = { formats: ['caffemodel'], preprocessing: null, notes: [] } as const;

export const caffeMaps: readonly NameMap[] = [
  ...['resnext', 'resnet-v2', 'airnet', 'dpn', 'lenet', 'cifar-quick'].map((family): NameMap => ({
    ...file,
    title: 'Caffe',
    family,
    layerNames: (layers) => renamed(layers, 'classifier', same),
  })),
  ...['classifier', 'fc1000'].map((head): NameMap => ({
    ...file,
    title: 'Caffe',
    family: 'resnet',
    layerNames: (layers) => renamed(layers, head, same),
    refuses: ({ name }) => (name.endsWith('.keras') ? `${ROUNDED_UP} Their network is resnet50.caffe.` : null),
  })),
  {
    ...file,
    title: 'Caffe',
    family: 'inception',
    layerNames: (layers) => renamed(layers, 'classifier', same),
    refuses: onlyFor(
      ['inception_v3.caffe', 'inception_v4.caffe', 'inception_resnet_v2.caffe', 'se_inception_v2'],
      ROUNDED_UP,
    ),
  },
  {
    ...file,
    title: 'Caffe',
    family: 'xception',
    layerNames: (layers) => renamed(layers, 'classifier', same),
    refuses: onlyFor(['xception'], ROUNDED_UP),
  },
  {
    ...file,
    title: 'Caffe',
    family: 'inception',
    layerNames: (layers) => renamed(layers, 'classifier', slashed),
    refuses: onlyFor(['se_inception_v2'], ROUNDED_UP),
  },
  // The SENet authors' head, and Hikvision's.
  ...['classifier', 'fc6'].map((head): NameMap => ({
    ...file,
    title: 'Caffe',
    family: 'senet',
    layerNames: (layers) => renamed(layers, head, slashed),
    refuses: ({ name }) => (name === 'seresnet50' ? `${ROUNDED_UP} Their network is legacy_seresnet50.` : null),
  })),
];
