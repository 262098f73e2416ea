import { expect, test } from 'vitest';
import { evaluationTable, formatEvaluationTable, type MeasuredFigure } from '../../../core/evaluate/evaluationTable.ts';
import { getProtocol } from '../../../core/evaluate/protocols/namedProtocols.ts';
import { resolveProtocol } from '../../../core/evaluate/protocols/resolveProtocol.ts';
import { getModel } from '../../../core/models/registry.ts';

const CARD = getModel('resnet101_v2').preprocessing;
const figure = (network: string, name: string, top1: number, top5: number | null = null): MeasuredFigure => ({ network, published: getModel('resnet101_v2').published, protocol: resolveProtocol(getProtocol(name), { input: null, labels: null }, CARD, ['a', 'b']), top1, top5 });

test('rows are networks, columns protocols by crop, published figures beside ours only under their own protocol', () => {
  const table = evaluationTable([figure('b', 'caffe-12crop-320', 0.8, 0.95), figure('b', 'caffe-1crop-224', 0.75), figure('a', 'torchvision-10crop-224', 0.7), figure('b', 'caffe-1crop-224', 0.1)]);
  expect(table.columns.map(({ protocol }) => protocol)).toEqual(['caffe-1crop-224', 'torchvision-10crop-224', 'caffe-12crop-320']);
  expect(table.rows.map(({ network, cells }) => [network, ...cells.map(({ measured }) => measured)])).toEqual([['a', null, '30.00', null], ['b', '25.00', null, '20.00/5.00']]);
  expect(table.rows[1]!.cells.map(({ published }) => published)).toEqual(['21.95/6.12 (ImageNet-1k val)', null, '19.29/4.57 (ImageNet-1k val)']);
});

test('as Markdown, LaTeX and CSV, with nothing that a reader takes for markup or a formula', () => {
  const table = evaluationTable([figure('=50%_a|b\\', 'caffe-1crop-224', 0.75, 0.9)]);
  const markdown = formatEvaluationTable(table, 'Set, val, 10 pictures', 'md');
  expect(markdown).toContain('| =50%_a\\|b\\\\ | 25.00/10.00 | 21.95/6.12 (ImageNet-1k val) |');
  expect(markdown).toContain('- caffe-1crop-224: Centre crop 224');
  expect(formatEvaluationTable(table, 'Set', 'latex')).toContain('=50\\%\\_a|b\\textbackslash{} & 25.00/10.00 &');
  expect(formatEvaluationTable(table, 'Set', 'csv').split('\n')[1]).toMatch(/^"'=50%_a\|b\\",25\.00\/10\.00,/);
});

test('what the caller says counts before the protocol leaves it to the card; without either it is an error', () => {
  const protocol = getProtocol('caffe-1crop-224'), said = { color: 'gray', scale: 255, mean: [0], std: [1] } as const;
  expect(resolveProtocol(protocol, { input: { ...said, mean: [0], std: [1] }, labels: null }, CARD, ['a', 'b']).input).toEqual(said);
  expect(resolveProtocol(protocol, { input: null, labels: null }, CARD, ['a', 'b'])).toMatchObject({ input: { color: 'bgr', mean: [102.98, 115.947, 122.772] }, labels: 'own' });
  const imagenet = Array.from({ length: 1000 }, (_, i) => `n${10_000_000 + i}`);
  expect(resolveProtocol(protocol, { input: null, labels: null }, CARD, imagenet).labels).toBe('ilsvrc2012');
  expect(resolveProtocol(getProtocol('senet-1crop-224'), { input: null, labels: null }, null, imagenet).labels).toBe('ilsvrc2015');
  expect(() => resolveProtocol(protocol, { input: null, labels: null }, null, imagenet)).toThrow(expect.objectContaining({ code: 'input.invalid' }));
});
