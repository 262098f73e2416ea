import { inputSpecOf } from '../../../contract/inputSpec.ts';
import { expect, test } from 'vitest';
import { evaluationTable, formatEvaluationTable, type MeasuredFigure } from '../../../core/evaluate/evaluationTable.ts';
import { getProtocol } from '../../../core/evaluate/protocols/namedProtocols.ts';
import { resolveProtocol } from '../../../core/evaluate/protocols/resolveProtocol.ts';
import { withVariant } from '../../../core/evaluate/protocols/variants.ts';
import { ResolvedProtocol } from '../../../contract/protocol.ts';
import { getModel } from '../../../core/models/registry.ts';

const published = getModel('resnet101_v2').preprocessing!;
const CARD = { input: inputSpecOf(published), labels: published.labels };
const figure = (network: string, name: string, top1: number, top5: number | null = null): MeasuredFigure => ({
  network,
  published: getModel('resnet101_v2').published,
  protocol: resolveProtocol(getProtocol(name), { input: null, labels: null }, CARD, ['a', 'b']),
  top1,
  top5,
});

test('rows are networks, columns protocols by crop, published figures beside ours only under their own protocol', () => {
  const table = evaluationTable([
    figure('b', 'caffe-12crop-320', 0.8, 0.95),
    figure('b', 'caffe-1crop-224', 0.75),
    figure('a', 'torchvision-10crop-224', 0.7),
    figure('b', 'caffe-1crop-224', 0.1),
  ]);
  expect(table.columns.map(({ protocol }) => protocol)).toEqual([
    'caffe-1crop-224',
    'torchvision-10crop-224',
    'caffe-12crop-320',
  ]);
  expect(table.rows.map(({ network, cells }) => [network, ...cells.map(({ measured }) => measured)])).toEqual([
    ['a', null, '30.00', null],
    ['b', '25.00', null, '20.00/5.00'],
  ]);
  expect(table.rows[1]!.cells.map(({ published }) => published)).toEqual([
    '21.95/6.12 (ImageNet-1k val)',
    null,
    '19.29/4.57 (ImageNet-1k val)',
  ]);
});

test('the two readings of one protocol have a column each', () => {
  const all = figure('a', 'caffe-1crop-224', 0.7);
  const subset = {
    ...all,
    protocol: ResolvedProtocol.parse(withVariant(all.protocol, { reading: 'subset' })),
    top1: 0.9,
  };
  const table = evaluationTable([subset, all]);
  expect(table.columns.map(({ protocol }) => protocol)).toEqual(['caffe-1crop-224', 'caffe-1crop-224.subset']);
  expect(table.rows.map(({ cells }) => cells.map(({ measured }) => measured))).toEqual([['30.00', '10.00']]);
  // what was published was read over all outputs
  expect(table.rows[0]!.cells.map(({ published: text }) => text !== null)).toEqual([true, false]);
});

test('accuracies, intervals, and rows sorted by one protocol or, when asked, by any', () => {
  const labelled = (one: MeasuredFigure): MeasuredFigure => ({ ...one, labelled: 100 });
  const figures = [
    labelled(figure('b', 'caffe-1crop-224', 0.75)),
    labelled(figure('a', 'caffe-1crop-224', 0.7)),
    labelled(figure('a', 'torchvision-10crop-224', 0.9)),
  ];
  const accuracy = evaluationTable(figures, { figure: 'accuracy', intervals: true, rank: 'caffe-1crop-224' });
  expect(accuracy.rows.map(({ network }) => network)).toEqual(['b', 'a']);
  // Wilson's interval of 75 of 100.
  expect(accuracy.rows[0]!.cells[0]).toEqual({
    measured: '75.00 (65.70–82.45)',
    published: '78.05/93.88 (ImageNet-1k val)',
  });
  expect(evaluationTable(figures, { intervals: true }).rows[1]!.cells[0]!.measured).toBe('25.00 (17.55–34.30)');
  const any = evaluationTable(figures, { rank: 'any' });
  expect(any.rows.map(({ network }) => network)).toEqual(['a', 'b']);
  expect(any.note).toMatch(/not comparable/);
  expect(() => evaluationTable(figures, { rank: 'best' })).toThrow(expect.objectContaining({ code: 'input.invalid' }));
});

test('as Markdown, LaTeX and CSV, with nothing that a reader takes for markup or a formula', () => {
  const table = evaluationTable([figure('=50%_a|b\\', 'caffe-1crop-224', 0.75, 0.9)]);
  const markdown = formatEvaluationTable(table, 'Set, val, 10 images', 'md');
  expect(markdown).toContain('| =50%_a\\|b\\\\ | 25.00/10.00 | 21.95/6.12 (ImageNet-1k val) |');
  expect(markdown).toContain('- caffe-1crop-224: Centre crop 224');
  expect(formatEvaluationTable(table, 'Set', 'latex')).toContain('=50\\%\\_a|b\\textbackslash{} & 25.00/10.00 &');
  expect(formatEvaluationTable(table, 'Set', 'csv').split('\n')[1]).toMatch(/^"'=50%_a\|b\\",25\.00\/10\.00,/);
});

test('what the caller says counts before the protocol leaves it to the card; without either it is an error', () => {
  const protocol = getProtocol('caffe-1crop-224');
  const said = { color: 'gray', scale: 255, mean: [0], std: [1] } as const;
  expect(
    resolveProtocol(protocol, { input: { ...said, mean: [0], std: [1] }, labels: null }, CARD, ['a', 'b']).input,
  ).toEqual(said);
  expect(resolveProtocol(protocol, { input: null, labels: null }, CARD, ['a', 'b'])).toMatchObject({
    input: { color: 'bgr', mean: [102.98, 115.947, 122.772] },
    labels: 'own',
  });
  const imagenet = Array.from({ length: 1000 }, (_, i) => `n${10_000_000 + i}`);
  expect(resolveProtocol(protocol, { input: null, labels: null }, CARD, imagenet).labels).toBe('ilsvrc2012');
  expect(resolveProtocol(getProtocol('senet-1crop-224'), { input: null, labels: null }, null, imagenet).labels).toBe(
    'ilsvrc2015',
  );
  expect(() => resolveProtocol(protocol, { input: null, labels: null }, null, imagenet)).toThrow(
    expect.objectContaining({ code: 'input.invalid' }),
  );
});
