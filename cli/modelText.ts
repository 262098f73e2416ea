/** A network's description as text: tree of blocks, layer table, figures, published results. */
import type { ModelDescription } from '../core/studio/models/models.ts';
import { formatCount, formatTable } from './format.ts';
import { formatBytes } from '../pure/bytes.ts';

const shape = (sides: readonly number[]): string => sides.join('×');
const count = (value: number): string => value.toLocaleString('en');

export function describeModel(description: ModelDescription): string {
  const { card, input, classes } = description;
  const names = card.aliases.length > 0 ? `, also ${card.aliases.join(', ')}` : '';
  return [
    `${card.title} (${card.name}${names}), input ${shape(input)}, ${classes} classes. ${card.notes}`,
    '',
    blockTree(description),
    '',
    layerTable(description),
    '',
    figures(description),
    ...published(card),
    ...fedAs(card),
    `Licence: ${card.license}. Source: ${card.source}`,
    `Paper: ${card.paper}`,
  ].join('\n');
}

/** Stages by the size of their feature maps, their blocks, equal neighbours counted. */
function blockTree({ input, stages }: ModelDescription): string {
  const lines = [`input ${shape(input)}`];
  stages.forEach(({ side, blocks }, s) => {
    const lastStage = s === stages.length - 1;
    lines.push(`${lastStage ? '└─' : '├─'} ${side === null ? 'vectors' : `${side}×${side}`}`);
    blocks.forEach(({ first, last, repeats, steps, output, learnable }, b) => {
      const stem = lastStage ? '   ' : '│  ';
      const branch = b === blocks.length - 1 ? '└─' : '├─';
      lines.push(
        `${stem}${branch} ${first}${last === first ? '' : ` to ${last}`}${repeats > 1 ? ` (× ${repeats})` : ''}: ` +
          `${steps.join(', ')} → ${shape(output)}${learnable > 0 ? `  [${formatCount(learnable)}]` : ''}`,
      );
    });
  });
  return lines.join('\n');
}

function layerTable({ layers }: ModelDescription): string {
  return formatTable(
    ['layer', 'kind', 'kernel', 'stride', 'groups', 'output', 'parameters', 'statistics', 'multiply-adds', 'sees'],
    layers.map((layer) => [
      layer.name,
      layer.kind,
      layer.kernel ? shape(layer.kernel) : '',
      layer.stride ? String(layer.stride) : '',
      (layer.groups ?? 1) > 1 ? String(layer.groups) : '',
      shape(layer.output),
      layer.learnable ? count(layer.learnable) : '',
      layer.statistics ? count(layer.statistics) : '',
      layer.multiplyAdds ? count(layer.multiplyAdds) : '',
      layer.receptiveField ? `${layer.receptiveField} px` : '',
    ]),
    ['stride', 'groups', 'parameters', 'statistics', 'multiply-adds', 'sees'],
  );
}

function figures({ learnable, statistics, multiplyAdds, batchSize, precision, memory }: ModelDescription): string {
  const parts = [
    ['weights', memory.weightsBytes],
    ['gradients', memory.gradientsBytes],
    ['Adam', memory.optimizerBytes],
    ['activations', memory.activationsBytes],
    ['work space', memory.workBytes],
  ] as const;
  return [
    `${count(learnable)} learnable ` +
      `parameters${statistics ? `, and ${count(statistics)} statistics beside them` : ''}; ` +
      `${formatCount(multiplyAdds)} multiply-adds an image.`,
    `Memory of a training step, batch ${batchSize}, ${precision}: about ${formatBytes(memory.totalBytes)} ` +
      `(${parts.map(([name, bytes]) => `${name} ${formatBytes(bytes)}`).join(', ')}).`,
  ].join('\n');
}

function published({ published: results }: ModelDescription['card']): string[] {
  if (results.length === 0) return ['No published accuracy.'];
  return [
    '',
    formatTable(
      ['published: data', 'protocol', 'top-1 error %', 'top-5 error %'],
      results.map((one) => [
        one.dataset,
        one.protocol,
        String(one.top1ErrorPct),
        one.top5ErrorPct === null ? '–' : String(one.top5ErrorPct),
      ]),
      ['top-1 error %', 'top-5 error %'],
    ),
    '',
  ];
}

function fedAs({ preprocessing: p }: ModelDescription['card']): string[] {
  if (!p) return [];
  const values = (list: readonly number[]): string => list.map((value) => Number(value.toPrecision(6))).join(' ');
  return [
    `Published weights are fed: short side ${p.resize}, centre ${p.size}×${p.size}, ` +
      `${p.interpolation}, ${p.color.toUpperCase()}, ` +
      `(byte${p.scale === 1 ? '' : ` / ${p.scale}`} − ${values(p.mean)}) / ${values(p.std)}; ` +
      `classes in the order of ${p.labels}.`,
  ];
}
