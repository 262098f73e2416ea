/** A class map of one's own: what is read, and what is refused with its line and cause. */
import { describe, expect, test } from 'vitest';
import { parseClassMap } from '../../../core/evaluate/classMapFile.ts';
import { protocolHash } from '../../../core/evaluate/protocols/protocolHash.ts';
import { getProtocol } from '../../../core/evaluate/protocols/namedProtocols.ts';
import { subsetOf, withoutVariant, withVariant } from '../../../core/evaluate/protocols/variants.ts';
import { Protocol } from '../../../contract/protocol.ts';
import { pairsIn, renamedBy, speaksOf } from '../../../pure/classes/classMap.ts';

const read = (text: string): ReturnType<typeof parseClassMap> => parseClassMap(Buffer.from(text), 'map.csv');
const refusal = (line: number, cause: string): unknown =>
  expect.objectContaining({
    code: 'prediction.classMap',
    message: `Line ${line} of the class map map.csv cannot be used: ${cause}.`,
    details: { file: 'map.csv', line },
  });

describe('the file', () => {
  test.each([
    ['commas', 'network,dataset\ncat,Katze\n"dog, wild",Hund\n'],
    ['semicolons', 'network;dataset\r\ncat;Katze\r\n"dog, wild";Hund\r\n'],
    ['tabs, capitals, a byte order mark and a blank line', '\ufeffNetwork\tDataset\ncat\tKatze\n\n"dog, wild"\tHund'],
  ])('is read with %s', (_, text) => {
    const { file, pairs } = read(text);
    expect(file).toBe('map.csv');
    expect(pairs.map(({ network, data }) => [network, data])).toEqual([
      ['cat', 'Katze'],
      ['dog, wild', 'Hund'],
    ]);
    expect(pairs[0]!.line).toBe(2);
  });

  test.each([
    ['no header', 'cat,Katze\n', 1, 'the first line must be the header network,dataset'],
    [
      'the columns changed over',
      'dataset,network\nKatze,cat\n',
      1,
      'the first line must be the header network,dataset',
    ],
    ['nothing', '', 1, 'the first line must be the header network,dataset'],
    ['a header alone', 'network,dataset\n', 1, 'no class follows the header'],
    [
      'one class on a line',
      'network,dataset\ncat,Katze\ndog\n',
      3,
      'it has to hold two classes, one of the network and one of the data set',
    ],
    [
      'three on a line',
      'network,dataset\ncat,Katze,chat\n',
      2,
      'it has to hold two classes, one of the network and one of the data set',
    ],
    ['a doubled class of the network', 'network,dataset\ncat,Katze\ncat,Hund\n', 3, '"cat" stands on line 2 already'],
    ['a doubled class of the images', 'network,dataset\ncat,Tier\n\ndog,Tier\n', 4, '"Tier" stands on line 2 already'],
  ])('with %s is refused', (_, text, line, cause) => {
    expect(() => read(text)).toThrow(refusal(line, cause));
  });

  test('that is no text, or has an open quote, is refused by its line', () => {
    const bytes = Buffer.concat([Buffer.from('network,dataset\ncat,Katze\ndog,'), Buffer.from([0xff, 0xfe, 10])]);
    expect(() => parseClassMap(bytes, 'map.csv')).toThrow(refusal(3, 'it is no UTF-8 text'));
    expect(() => read('network,dataset\n"cat,Katze\n')).toThrow(
      expect.objectContaining({ code: 'prediction.classMap', message: expect.stringContaining('Line 2') as string }),
    );
  });
});

describe('the classes', () => {
  const network = { ids: ['n1', 'n2', 'n3', 'n4'], names: ['cat', 'dog', 'crane', 'crane'] };
  const data = { ids: ['0', '1', '2'], names: ['Katze', 'Hund', 'cat'] };
  const owners = { network: 'The network', data: 'Data set "animals"' };
  const pairs = (text: string): ReturnType<typeof pairsIn> => pairsIn(read(text), network, data, owners);

  test('are found by id and by name, whatever their case', () => {
    expect(pairs('network,dataset\nn2,Hund\nCat,0\n')).toEqual([
      [1, 1],
      [0, 0],
    ]);
    const { classes, mapped } = renamedBy(read('network,dataset\nn3,Kranich\n'), network, owners);
    expect([classes.names, mapped]).toEqual([['cat', 'dog', 'Kranich', 'crane'], [2]]);
    expect(speaksOf(read('network,dataset\nDOG,Hund\n'), network)).toBe(true);
    expect(speaksOf(read('network,dataset\nKatze,Hund\n'), network)).toBe(false);
  });

  test.each([
    ['a class that the network lacks', 'n1,Katze\nbear,Hund', 3, 'the network has no class "bear"'],
    ['a class that the images lack', 'n1,Wolf', 2, 'data set "animals" has no class "Wolf"'],
    ['a name of two classes', 'crane,Katze', 2, 'the network has several classes called "crane"'],
    ['one class under id and name', 'n1,Katze\ncat,Hund', 3, '"cat" is the class of line 2'],
  ])('%s is refused', (_, lines, line, cause) => {
    expect(() => pairs(`network,dataset\n${lines}\n`)).toThrow(refusal(line, cause));
  });
});

describe('the protocol', () => {
  const plain = getProtocol('caffe-1crop-224');
  const map = read('network,dataset\ncat,Katze\ndog,Hund\n');

  test('has another name and hash for each reading and map, and the plain one those it always had', () => {
    const variants = [
      withVariant(plain, {}),
      withVariant(plain, { reading: 'subset' }),
      withVariant(plain, { classMap: map }),
      withVariant(plain, { reading: 'subset', classMap: map }),
    ];
    expect(variants[0]).toBe(plain);
    expect(variants.map(({ name }) => name.replace(/[0-9a-f]{8}$/, '#'))).toEqual([
      'caffe-1crop-224',
      'caffe-1crop-224.subset',
      'caffe-1crop-224.map-#',
      'caffe-1crop-224.subset.map-#',
    ]);
    expect(new Set(variants.map(protocolHash)).size).toBe(4);
    expect(variants.map(({ name }) => withoutVariant(name))).toEqual(variants.map(() => 'caffe-1crop-224'));
    expect(subsetOf('caffe-1crop-224.subset')).toBe('caffe-1crop-224');
    for (const variant of variants) expect(Protocol.parse(variant)).toEqual(variant);
    // records of earlier versions say nothing of a reading: it was over all outputs
    expect(Protocol.parse(JSON.parse(JSON.stringify(plain))).reading).toBeUndefined();
  });

  test('is the same whatever the file is called and in which order its lines stand', () => {
    const other = parseClassMap(Buffer.from('network;dataset\ndog;Hund\ncat;Katze\n'), 'other.csv');
    expect(withVariant(plain, { classMap: other }).name).toBe(withVariant(plain, { classMap: map }).name);
    expect(protocolHash(withVariant(plain, { classMap: other }))).toBe(
      protocolHash(withVariant(plain, { classMap: map })),
    );
  });
});
