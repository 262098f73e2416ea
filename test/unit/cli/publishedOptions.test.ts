import { expect, test } from 'vitest';
import { commandName, publishedModel, rewritePublishedOptions } from '../../../cli/options/publishedOptions.ts';

test.each([
  // the published examples
  ['train -d 16 -c11 -e 50 -es 5 -b 50', 'train --depth 16 --conv1_1 --epochs 50 --early_stopping 5 --batchsize 50'],
  [
    'train -t data/train -v data/val -b 64 -e 100 -d 19 -i 64 -lr 0.0001',
    'train --train data/train --val data/val --batchsize 64 --epochs 100 --depth 19 --imagesize 64 --lr 0.0001',
  ],
  // values attached, as the original's parser takes them
  ['-b50', '--batchsize=50'],
  ['-b=50', '--batchsize=50'],
  ['-d11', '--depth=11'],
  ['-e=3', '--epochs=3'],
  ['-i64', '--imagesize=64'],
  ['-lr=1e-3', '--lr=1e-3'],
  ['-lr1e-3', '--lr=1e-3'],
  ['-lr.001', '--lr=.001'],
  ['-es=5', '--early_stopping=5'],
  ['-es5', '--early_stopping=5'],
  ['-t=/a/b=c', '--train=/a/b=c'],
  // long forms and our own options stay
  [
    '--train a --val b --batchsize 5 --early_stopping 3 --conv1_1 --lr 1e-3',
    '--train a --val b --batchsize 5 --early_stopping 3 --conv1_1 --lr 1e-3',
  ],
  ['--model vgg11 --early-stopping 5 -h', '--model vgg11 --early-stopping 5 -h'],
  // words that only look alike
  ['-c', '-c'],
  ['-c12', '-c12'],
  ['-', '-'],
  ['c11', 'c11'],
  ['--es', '--es'],
  ['-c11 -- -c11 -b50', '--conv1_1 -- -c11 -b50'],
])('%s', (line, rewritten) => {
  expect(rewritePublishedOptions(line.split(' '))).toEqual(rewritten.split(' '));
});

test.each([
  [undefined, false, 'vgg11'],
  ['11', false, 'vgg11'],
  ['13', false, 'vgg13'],
  ['16', false, 'vgg16'],
  ['16', true, 'vgg16_c1'],
  ['19', false, 'vgg19'],
])('-d %s, -c11 %s: %s', (depth, conv1x1, model) => {
  expect(publishedModel(depth, conv1x1)).toBe(model);
});

test.each([
  ['12', false, /11, 13, 16, 19/],
  ['16.0', false, /11, 13/],
  ['19', true, /16-layer/],
  [undefined, true, /-d 16|16-layer/],
])('-d %s, -c11 %s is refused', (depth, conv1x1, message) => {
  expect(() => publishedModel(depth, conv1x1)).toThrow(message);
});

test.each([
  [['train', '-b', '5'], 'train'],
  [['--json', 'train'], 'train'],
  [['--data-dir', 'train', 'predict', '--data', 'train'], 'predict'],
  [['--data-dir=x', 'runs'], 'runs'],
  [['--help'], undefined],
  [[], undefined],
])('command of %j', (args, name) => {
  expect(commandName(args)).toBe(name);
});
