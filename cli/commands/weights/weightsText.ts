/** Weight files, cards and self-checks as text. */
import type {
  ImportedWeights,
  MappingReport,
  SelfCheck,
  WeightsInspection,
} from '../../../contract/weights/weights.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { formatCount, formatPercent, formatTable, printable } from '../../format.ts';
import { plural } from '../../../pure/plural.ts';

export function describeInspection(
  { path, format, metadata, notes, parts, tensors, mapping, proposals }: WeightsInspection,
  model: string | undefined,
): string {
  const values = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
  return [
    printable(`${path}: ${format}, ${tensors.length} tensors, ${formatCount(values)} values`),
    ...Object.entries(metadata).map(([key, text]) => printable(`  ${key}: ${text.slice(0, 200)}`)),
    ...notes.map(printable),
    ...(parts.length > 1 ? [printable(`Its parts (--entry): ${parts.join(', ')}`)] : []),
    formatTable(
      ['tensor', 'number format', 'shape'],
      tensors.map(({ name, dtype, shape }) => [name, dtype, `[${shape.join(', ')}]`]),
    ),
    ...(mapping ? [describeMapping(mapping, model ?? '', notes)] : []),
    ...proposals.map(
      ({ model: name, loaded, weights }) => `Fits ${name}: ${loaded} of ${weights} weights (--model ${name}).`,
    ),
  ].join('\n');
}

/** `told`: notes that stand above already. */
function describeMapping(mapping: MappingReport, model: string, told: readonly string[]): string {
  const { naming, classes, channels, hasHead, loaded, missing, unused, misshaped, notFinite } = mapping;
  const { input, labels, notes } = mapping;
  return [
    `As ${model} (names of ${naming}, ${plural(channels, 'channel')}, ` +
      `${hasHead ? plural(classes, 'class', 'classes') : 'no head'}): ${plural(loaded.length, 'weight')} ` +
      `${loaded.length === 1 ? 'fits' : 'fit'}, ${missing.length} missing, ${misshaped.length} of another shape, ` +
      `${plural(unused.length, 'tensor')} not needed.`,
    ...missing.map((name) => `  missing: ${name}`),
    ...misshaped.map(
      ({ name, foreignName, expected, found }) =>
        `  shape: ${name} should be [${expected.join(', ')}], ${foreignName} is [${found.join(', ')}]`,
    ),
    ...unused.map((name) => `  not needed: ${name}`),
    ...notFinite.map((name) => `  not finite: ${name}`),
    input
      ? `Input: ${input.color}, (value / ${input.scale} − ${input.mean.join(', ')}) / ` +
        `${input.std.join(', ')}; class order: ${labels ?? 'unknown'}.`
      : 'How they want their images is not known: import them, then quorum weights check.',
    ...notes.filter((note) => !told.includes(note)),
  ]
    .map(printable)
    .join('\n');
}

export function describeCard({
  id,
  name,
  model,
  size,
  channels,
  classes,
  input,
  labels,
  source,
  notes,
  sizeBytes,
}: ImportedWeights): string {
  return [
    `${id}  "${name}": ${model.name} for ${size} × ${size} × ${channels}, ${classes} classes; ` +
      `${formatBytes(sizeBytes)}; from ${source.format}, names of ${source.naming}`,
    input
      ? `input: ${input.color}, (value / ${input.scale} − ${input.mean.join(', ')}) / ` +
        `${input.std.join(', ')}; class order: ${labels ?? 'that of the data set'}`
      : `input: unknown; find it with quorum weights check ${id} --dataset …`,
    ...notes,
  ]
    .map(printable)
    .join('\n');
}

export function describeCheck(
  { rows, tied, proposed, pictures, classes, labelOrder, weights }: SelfCheck & { weights: ImportedWeights },
  saved: boolean,
): string {
  const best = rows[0]!;
  const order = labelOrder.suspected;
  return [
    formatTable(
      ['fed as', 'top-1', '95 %', 'loss', 'images'],
      rows.map(({ name, accuracy, interval, loss, total }) => [
        name,
        formatPercent(accuracy),
        `${formatPercent(interval.low)} to ${formatPercent(interval.high)}`,
        loss.toFixed(4),
        String(total),
      ]),
      ['top-1', '95 %', 'loss', 'images'],
    ),
    printable(
      tied.length === 0
        ? `On ${pictures} images of ${classes} classes one is better than all others: ${best.name}.`
        : `On ${pictures} images of ${classes} classes ${best.name} is best, but not significantly ` +
            `better than ${tied.join('; ')} (McNemar's exact test, 5 %). Use more images (--limit) for a clearer ` +
            'answer.',
    ),
    ...(tied.length > 0
      ? [
          printable(
            proposed === best.name
              ? `Proposed: ${proposed}.`
              : `Proposed: ${proposed}, as nothing here speaks against it.`,
          ),
        ]
      : []),
    ...(order
      ? [
          printable(
            'The decisions look as if the weights numbered their classes in another order: fed as ' +
              `${labelOrder.fedAs} and remapped, ${formatPercent(labelOrder.agreement)} of ${labelOrder.checked} ` +
              `images would be right in place of ${formatPercent(labelOrder.accuracy)}. Nothing was remapped, and ` +
              'the ranks above mean little until it is.',
          ),
        ]
      : []),
    saved
      ? printable(`Written into the card of "${weights.name}": ${proposed}.`)
      : 'To keep it: the same command with --save.',
  ].join('\n');
}
