import { expect, test } from 'vitest';
import { InputSpec } from '../../../../contract/inputSpec.ts';
import { Protocol, viewCount } from '../../../../contract/protocol.ts';
import {
  getProtocol,
  listProtocols,
  publishedWording,
  withCropSize,
  withoutCropSize,
} from '../../../../core/evaluate/protocols/namedProtocols.ts';
import { withVariant } from '../../../../core/evaluate/protocols/variants.ts';
import { getModel } from '../../../../core/models/registry.ts';

test('every protocol is whole and has its own name', () => {
  const all = listProtocols();
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const protocol of all) expect(Protocol.parse(protocol)).toEqual(protocol);
});

test.each([
  ['caffe-1crop-224', 1],
  ['caffe-12crop-320', 12],
  ['caffe-144crop-224', 144],
  ['torchvision-10crop-224', 10],
  ['mpncov-2view-448', 2],
])('%s has %i views', (name, views) => {
  expect(viewCount(getProtocol(name))).toBe(views);
});

test('a name that is none shows those that are', () => {
  expect(() => getProtocol('imagenet')).toThrow(
    expect.objectContaining({ code: 'input.invalid', remedy: expect.stringContaining('caffe-12crop-224') }),
  );
});

test('another crop makes another protocol; a larger one takes the short side along', () => {
  const base = getProtocol('caffe-12crop-224');
  const small = withCropSize(base, 192);
  const large = withCropSize(base, 288);
  expect(small).toMatchObject({ name: 'caffe-12crop-224.crop-192', crop: 192, resize: { sizes: [256] } });
  expect(large).toMatchObject({ crop: 288, resize: { sizes: [288] } });
  expect(withCropSize(base, 224)).toBe(base);
  // of each reading a line of its own
  expect(withoutCropSize(withVariant(small, { reading: 'subset' }).name)).toBe(
    withVariant(base, { reading: 'subset' }).name,
  );
  expect(() => withCropSize(getProtocol('squash-rgb-224'), 192)).toThrow(
    expect.objectContaining({ code: 'input.invalid' }),
  );
});

test('published figures are found under the wording of the cards', () => {
  const wordings = new Set(getModel('resnet101_v2').published.map(({ protocol }) => protocol));
  for (const name of ['caffe-1crop-224', 'caffe-12crop-224', 'caffe-1crop-320', 'caffe-12crop-320'])
    expect(wordings).toContain(publishedWording(getProtocol(name)));
  expect(publishedWording(withCropSize(getProtocol('caffe-1crop-224'), 192))).toBeNull();
});

test('crops that do not fit and values that do not match the channels are refused', () => {
  const base = getProtocol('caffe-1crop-224');
  expect(Protocol.safeParse({ ...base, crop: 257 }).success).toBe(false);
  expect(Protocol.safeParse({ ...base, crops: 'whole' }).success).toBe(false);
  expect(InputSpec.safeParse({ color: 'gray', scale: 1, mean: [0, 0, 0], std: [1] }).success).toBe(false);
});
