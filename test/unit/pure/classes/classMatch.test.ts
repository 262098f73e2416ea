import { describe, expect, it } from 'vitest';
import {
  type ClassList,
  describeMatch,
  matchClasses,
  requireCommonClasses,
  uniteClasses,
} from '../../../../pure/classes/classMatch.ts';
import { seeded } from '../../evaluate/seeded.ts';

const same = (...ids: string[]): ClassList => ({ ids, names: ids });
const owners = { network: 'Run rot', data: 'Data set "bylist"' };

describe('classes of a network and of a data set', () => {
  it('are matched by id whatever the order of either', () => {
    const folders = same('0', '180', '270', '90');
    const list = same('0', '90', '180', '270');
    const match = matchClasses(folders, list);
    expect(match).toMatchObject({ outputOf: [0, 3, 1, 2], common: 4, onlyNetwork: [], onlyData: [], sameOrder: false });
    expect(describeMatch(match, folders, list, owners)).toEqual([
      'Data set "bylist" lists the classes in another order; they are matched by id and name.',
    ]);
    expect(describeMatch(matchClasses(list, list), list, list, owners)).toEqual([]);
  });

  it('may be fewer or more than those of the network', () => {
    const network = same('0', '180', '270', '90');
    const data = same('0', '45', '180', '90');
    const match = matchClasses(network, data);
    expect(match).toMatchObject({ outputOf: [0, -1, 1, 3], common: 3, onlyNetwork: [2], onlyData: [1] });
    expect(describeMatch(match, network, data, owners)).toEqual([
      '3 classes matched by id and name.',
      'Data set "bylist" lacks 1 class: 270.',
      'Run rot does not know 1 class: 45. Their images count as unlabelled.',
    ]);
  });

  it('are refused where they have nothing in common, though their number is the same', () => {
    const network = same('0', '90', '180', '270');
    const spelled = same('rot000', 'rot090', 'rot180', 'rot270');
    expect(() => requireCommonClasses(network, spelled, owners)).toThrow(
      expect.objectContaining({
        code: 'prediction.classMismatch',
        message:
          'Run rot and Data set "bylist" have no class in common: 0, 90, 180, 270 in one, rot000, rot090, rot180, rot270 in the other.',
      }),
    );
  });

  it('are known by id where names differ, and by name where only one side has ids', () => {
    const wordnet = { ids: ['n02123045', 'n02085620'], names: ['tabby', 'Chihuahua'] };
    expect(matchClasses(wordnet, same('n02085620', 'n02123045')).outputOf).toEqual([1, 0]);
    expect(matchClasses(wordnet, { ids: ['n02085620', 'n02123045'], names: ['dog', 'cat'] }).outputOf).toEqual([1, 0]);
    expect(matchClasses(wordnet, same('chihuahua', 'Tabby')).outputOf).toEqual([1, 0]);
    expect(matchClasses(same('Chihuahua', 'tabby'), wordnet).outputOf).toEqual([1, 0]);
  });

  it('are not told apart by how an accent is written, nor by blanks at the ends', () => {
    expect(matchClasses(same('Café', 'Tee '), same('Tee', 'Café')).outputOf).toEqual([1, 0]);
  });

  it('differ in case only where another class has the exact spelling', () => {
    expect(matchClasses(same('A', 'a'), same('a', 'A')).outputOf).toEqual([1, 0]);
    expect(matchClasses(same('A', 'a'), same('a')).outputOf).toEqual([1]);
    expect(matchClasses(same('cat', 'CAT'), same('Cat')).outputOf).toEqual([-1]);
  });

  it('are no numbers where names say something else: readers number what has no ids', () => {
    const clothes = { ids: ['0', '1'], names: ['Shirt', 'Dress'] };
    expect(matchClasses(clothes, { ids: ['0', '1'], names: ['Dress', 'Shirt'] }).outputOf).toEqual([1, 0]);
    expect(matchClasses(clothes, { ids: ['0', '1'], names: ['cat', 'dog'] }).common).toBe(0);
    expect(matchClasses(clothes, same('0', '1')).sameOrder).toBe(true);
    expect(matchClasses(clothes, same('Dress', 'Shirt')).outputOf).toEqual([1, 0]);
  });

  it('of one name and two ids are not guessed', () => {
    const cranes = { ids: ['n02012849', 'n03126707'], names: ['crane', 'crane'] };
    expect(matchClasses(cranes, same('crane')).outputOf).toEqual([-1]);
    expect(matchClasses(cranes, same('crane', 'n03126707')).outputOf).toEqual([0, 1]);
  });
});

describe('permuted, dropped, added and renamed', () => {
  it('every class of both is found, and no other', () => {
    const random = seeded(15);
    const draw = (below: number): number => Math.floor(random() * below);
    for (let round = 0; round < 300; round++) {
      const size = 2 + draw(30);
      const network = {
        ids: Array.from({ length: size }, (_, i) => `n${String(10_000_000 + i * 7)}`),
        names: Array.from({ length: size }, (_, i) => `Class ${i}`),
      };
      const classes: { id: string; name: string; output: number }[] = network.ids.flatMap((id, output) => {
        if (random() < 0.2) return [];
        const name = network.names[output]!;
        const renamed = draw(4);
        if (renamed === 0) return [{ id, name: 'other words', output }];
        if (renamed === 1) return [{ id: name, name, output }];
        if (renamed === 2) return [{ id: `${name.toUpperCase()} `, name: `${name} of mine`, output }];
        return [{ id, name, output }];
      });
      for (let added = draw(4); added > 0; added--)
        classes.splice(draw(classes.length + 1), 0, { id: `new${added}`, name: `new ${added}`, output: -1 });
      classes.sort(() => random() - 0.5);
      const data = { ids: classes.map(({ id }) => id), names: classes.map(({ name }) => name) };
      const match = matchClasses(network, data);
      expect(match.outputOf).toEqual(classes.map(({ output }) => output));
      expect(match.onlyData).toEqual(classes.flatMap(({ output }, label) => (output < 0 ? [label] : [])));
      expect(match.onlyNetwork).toEqual(
        network.ids.flatMap((_, output) => (match.outputOf.includes(output) ? [] : [output])),
      );
    }
  });
});

describe('classes of several networks', () => {
  it('come together, each once', () => {
    const { classes, places } = uniteClasses([same('cat', 'dog', 'bee'), same('ant', 'dog', 'cat'), same('dog')]);
    expect(classes.ids).toEqual(['cat', 'dog', 'bee', 'ant']);
    expect(places).toEqual([
      [0, 1, 2, -1],
      [2, 1, -1, 0],
      [-1, 0, -1, -1],
    ]);
  });
});
