/**
 * The protocols that published figures were measured by, by name. A name never changes its meaning: a correction gets a
 * new name.
 */
import { StudioError } from '../../../contract/errors.ts';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import { Protocol, type ResizeMethod } from '../../../contract/protocol.ts';

const OWN = { input: null, labels: null } as const;
const shortSide = (size: number, method: ResizeMethod): Protocol['resize'] => ({
  kind: 'shortSide',
  sizes: [size],
  method,
});

/** soeaver/caffe-model, cls/evaluation_cls.py: probabilities are averaged. */
function caffe(crop: number, base: number): Protocol[] {
  const shared = { resize: shortSide(base, 'opencv-linear'), crop, average: 'probabilities', ...OWN } as const;
  return [
    {
      ...shared,
      name: `caffe-1crop-${crop}`,
      title: `Centre crop ${crop} of short side ${base} (OpenCV bilinear)`,
      crops: 'centreFloor',
      mirror: false,
    },
    {
      ...shared,
      name: `caffe-12crop-${crop}`,
      title: `12 crops ${crop} of the ${base} square (OpenCV bilinear), probabilities averaged`,
      crops: 'six',
      mirror: true,
    },
  ];
}

const IMAGENET: InputSpec = { color: 'rgb', scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const squashed = {
  resize: { kind: 'squash', size: 224, method: 'pillow-lanczos' },
  crop: 224,
  crops: 'whole',
  mirror: false,
  average: 'probabilities',
  labels: null,
} as const;

const PROTOCOLS: readonly Protocol[] = [
  ...caffe(224, 256),
  ...caffe(320, 320),
  ...caffe(299, 320),
  ...caffe(395, 395),
  {
    name: 'caffe-144crop-224',
    title: '144 crops 224 of short sides 256, 288, 320 and 352 (OpenCV bilinear), probabilities averaged',
    resize: { kind: 'shortSide', sizes: [256, 288, 320, 352], method: 'opencv-linear' },
    crop: 224,
    crops: 'eighteen',
    mirror: true,
    average: 'probabilities',
    ...OWN,
  },
  ...[256, 384].map((size): Protocol => ({
    name: `dense-${size}`,
    title:
      `Dense over short side ${size} and its mirror image (OpenCV bilinear), map of scores averaged, then ` +
      'probabilities',
    resize: shortSide(size, 'opencv-linear'),
    crop: size,
    crops: 'dense',
    mirror: true,
    average: 'probabilities',
    ...OWN,
  })),
  {
    name: 'torchvision-1crop-224',
    title: 'Centre crop 224 of short side 256 (Pillow bilinear, antialiased)',
    resize: shortSide(256, 'pillow-bilinear'),
    crop: 224,
    crops: 'centreHalfEven',
    mirror: false,
    average: 'probabilities',
    ...OWN,
  },
  {
    name: 'torchvision-10crop-224',
    title: '10 crops 224 of short side 256 (Pillow bilinear, antialiased), logits averaged',
    resize: shortSide(256, 'pillow-bilinear'),
    crop: 224,
    crops: 'five',
    mirror: true,
    average: 'logits',
    input: IMAGENET,
    labels: null,
  },
  {
    name: 'mpncov-2view-448',
    title: 'Centre crop 448 and its mirror image of short side 448 (Pillow bilinear, antialiased), logits averaged',
    resize: shortSide(448, 'pillow-bilinear'),
    crop: 448,
    crops: 'centreHalfEven',
    mirror: true,
    average: 'logits',
    input: IMAGENET,
    labels: null,
  },
  {
    name: 'senet-1crop-224',
    title: 'Centre crop 224 of short side 256, BGR means 104, 117, 123',
    resize: shortSide(256, 'opencv-linear'),
    crop: 224,
    crops: 'centreFloor',
    mirror: false,
    average: 'probabilities',
    input: { color: 'bgr', scale: 1, mean: [104, 117, 123], std: [1, 1, 1] },
    labels: 'ilsvrc2015',
  },
  {
    ...squashed,
    name: 'squash-rgb-224',
    title: 'Squashed to 224 (Pillow Lanczos), RGB from −1 to 1',
    input: { color: 'rgb', scale: 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  },
  {
    ...squashed,
    name: 'squash-gray-224',
    title: 'Squashed to 224 (Pillow Lanczos), then gray from −1 to 1',
    input: { color: 'gray', scale: 255, mean: [0.5], std: [0.5] },
  },
  {
    ...squashed,
    name: 'squash-lab-224',
    title: 'Squashed to 224 (Pillow Lanczos), CIE Lab: L/50 − 1, a/110, b/110',
    input: { color: 'lab', scale: 1, mean: [50, 0, 0], std: [50, 110, 110] },
  },
  {
    ...squashed,
    name: 'squash-ab-224',
    title: 'Squashed to 224 (Pillow Lanczos), a/110 and b/110 of CIE Lab',
    input: { color: 'ab', scale: 1, mean: [0, 0], std: [110, 110] },
  },
  {
    name: 'tiny-imagenet-64',
    title: '64 × 64 as they are, RGB mean 0.4802, 0.4481, 0.3975, sd 0.2302, 0.2265, 0.2262',
    resize: { kind: 'none' },
    crop: 64,
    crops: 'whole',
    mirror: false,
    average: 'probabilities',
    input: { color: 'rgb', scale: 255, mean: [0.4802, 0.4481, 0.3975], std: [0.2302, 0.2265, 0.2262] },
    labels: null,
  },
  ...[28, 32, 64].map((size): Protocol => ({
    name: `native-${size}`,
    title: `${size} × ${size} as they are, with the weights' preprocessing`,
    resize: { kind: 'none' },
    crop: size,
    crops: 'whole',
    mirror: false,
    average: 'probabilities',
    ...OWN,
  })),
];

const byName = new Map(PROTOCOLS.map((protocol) => [protocol.name, Protocol.parse(protocol)]));

/** In the order of the documentation. */
export function listProtocols(): Protocol[] {
  return [...byName.values()];
}

/** @throws {StudioError} `input.invalid`, with all names */
export function getProtocol(name: string): Protocol {
  const found = byName.get(name.toLowerCase());
  if (found) return found;
  throw new StudioError('input.invalid', `There is no protocol called "${name}".`, {
    remedy: `There are: ${[...byName.keys()].join(', ')}.`,
  });
}

/**
 * The same protocol with another crop, for the curve of accuracy against crop size. The short side stays, unless the
 * crop is larger: then it is the crop's. Dense protocols have no crop: their short side varies.
 * @throws {StudioError} `input.invalid`: where the protocol takes pictures whole or unresized
 */
export function withCropSize(protocol: Protocol, crop: number): Protocol {
  const { resize, crops, name, title } = protocol;
  if (crops === 'dense' && resize.kind === 'shortSide') {
    if (crop === protocol.crop) return protocol;
    return Protocol.parse({
      ...protocol,
      name: `${name}.side-${crop}`,
      title: `${title}; here with short side ${crop}`,
      crop,
      resize: { ...resize, sizes: [crop] },
    });
  }
  if (resize.kind !== 'shortSide' || crops === 'whole') {
    throw new StudioError('input.invalid', `Protocol ${name} has no crop to vary.`, {
      remedy: 'Choose one that crops an image of a given short side, such as caffe-1crop-224.',
    });
  }
  if (crop === protocol.crop) return protocol;
  const sizes = resize.sizes.map((size) => Math.max(size, crop));
  return Protocol.parse({
    ...protocol,
    name: `${name}.crop-${crop}`,
    title: `${title}; here with crop ${crop} of short side ${sizes.join(', ')}`,
    crop,
    resize: { ...resize, sizes },
  });
}

/** The name without the crop that `withCropSize` put in. */
export function withoutCropSize(name: string): string {
  return name.replace(/\.(crop|side)-\d+(?=\.|$)/, '');
}

/** How the models' cards word the protocol of a published figure; null where none was published under this one. */
export function publishedWording({ name, crop, resize }: Protocol): string | null {
  const base = resize.kind === 'shortSide' ? resize.sizes[0] : null;
  if (/^(caffe|torchvision)-1crop-\d+$/.test(name)) return `centre crop ${crop} of short side ${base}`;
  if (/^dense-\d+$/.test(name)) return `dense, one scale: short side ${base}`;
  return /^caffe-12crop-\d+$/.test(name) ? `12 crops ${crop} of short side ${base}` : null;
}
