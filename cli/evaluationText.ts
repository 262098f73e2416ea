/** Evaluations and their comparisons as text, and as JSON. */
import { type EvaluationRecord, imagesInWords } from '../contract/evaluation.ts';
import type { EvaluationDetails } from '../core/studio/results/evaluations.ts';
import type { Evaluated } from '../core/studio/results/measure.ts';
import type { EvaluationComparison } from '../core/studio/results/compareEvaluations.ts';
import { plural } from '../pure/plural.ts';
import { pValueText } from '../pure/statistics/pValueText.ts';
import { formatPercent, formatTable, printable } from './format.ts';

export function describe({
  id,
  network,
  images,
  protocol,
  metrics,
  imagesPerSec,
  device,
  labelOrder,
  withoutDuplicates,
}: EvaluationDetails): string {
  const { input } = protocol;
  const share = ({ accuracy, interval }: EvaluationDetails['metrics']['top1']): string =>
    accuracy === null
      ? '–'
      : `${formatPercent(accuracy)} (95 %: ${formatPercent(interval?.low)} to ` +
        `${formatPercent(interval?.high)}), error ${formatPercent(1 - accuracy)}`;
  return [
    `${id}  ${network} on ${imagesInWords(images)}: ${metrics.images} images, ${metrics.labelled} with labels`,
    `protocol  ${protocol.name}: ${protocol.title}`,
    `input     ${input.color}, (value / ${input.scale} − ${input.mean.join(', ')}) / ` +
      `${input.std.map((value) => Number(value.toFixed(4))).join(', ')}; classes by ` +
      `${protocol.labels === 'own' ? 'id and name' : protocol.labels}`,
    ...classLines(protocol),
    `top-1     ${share(metrics.top1)}`,
    `top-5     ${share(metrics.top5)}`,
    `loss      ${metrics.logLoss?.toFixed(4) ?? '–'}`,
    ...(withoutDuplicates && withoutDuplicates.near.removed > 0
      ? [
          `honest    ${withoutDuplicates.exact.removed} images are copies of training images, ` +
            `${withoutDuplicates.near.removed - withoutDuplicates.exact.removed} more look like one; ` +
            `without them top-1 ${share(withoutDuplicates.near.metrics.top1)}`,
        ]
      : []),
    `computed  ${imagesPerSec.toFixed(1)} images/s on ${device.name}`,
    ...(labelOrder.suspected
      ? [
          'classes   The decisions look as if the weights numbered their classes in another order: ' +
            `remapped, ${formatPercent(labelOrder.agreement)} of ${labelOrder.checked} images ` +
            `would be right in place of ${formatPercent(labelOrder.accuracy)}. Nothing was remapped; ` +
            'see --labels.',
        ]
      : []),
  ]
    .map(printable)
    .join('\n');
}

/** What a protocol says of classes, where it says anything. */
function classLines({ reading, classMap }: EvaluationDetails['protocol']): string[] {
  return [
    ...(reading === 'subset' ? ["reading   subset: decided among the data set's classes alone"] : []),
    ...(classMap ? [`class map ${classMap.file}: ${plural(classMap.pairs.length, 'class', 'classes')}`] : []),
  ];
}

/** How far decoding went on while the network computed. */
export function describeTiming({ wallMs, viewsMs, waitedMs, computedMs }: Evaluated['timing']): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const computing = computedMs.reduce((sum, ms) => sum + ms, 0);
  return (
    `time      ${seconds(wallMs)} s: computing ${seconds(computing)} s, decoding and ` +
    `cropping ${seconds(viewsMs)} s beside it, waited for images ${seconds(waitedMs)} s`
  );
}

export function classTable({ perClass, classNames }: EvaluationDetails): string {
  return formatTable(
    ['class', 'pictures', 'right', 'recall', 'precision'],
    perClass.map((one) => [
      classNames[one.class] ?? '',
      String(one.support),
      String(one.correct),
      formatPercent(one.recall),
      formatPercent(one.precision),
    ]),
    ['pictures', 'right', 'recall', 'precision'],
  );
}

const SHOWN_FLIPS = 20;

export function describeComparison({
  first,
  second,
  sameProtocol,
  labelled,
  both,
  onlyFirst,
  onlySecond,
  neither,
  difference,
  pValue,
  interval,
  flips,
}: EvaluationComparison): string {
  const points = (share: number | null | undefined): string =>
    share === null || share === undefined ? '–' : `${(100 * share).toFixed(2)} points`;
  return [
    `${first.id} (${first.network}, ${first.protocol.name}) against ` +
      `${second.id} (${second.network}, ${second.protocol.name}) on the same ` +
      `${labelled} images`,
    ...(sameProtocol ? [] : ['The protocols differ: the difference is that of network and protocol together.']),
    `both right ${both}, only the first ${onlyFirst}, only the second ${onlySecond}, neither ${neither}`,
    `difference ${points(difference)} (95 %: ${points(interval?.low)} to ` +
      `${points(interval?.high)}); McNemar's exact test: p ${pValueText(pValue)}`,
    ...flips
      .slice(0, SHOWN_FLIPS)
      .map(({ path, label, first: one, second: two }) => `  ${path}: ${label}; first says ${one}, second ${two}`),
    ...(flips.length > SHOWN_FLIPS ? [`  and ${flips.length - SHOWN_FLIPS} more (--json has all)`] : []),
  ]
    .map(printable)
    .join('\n');
}

export function asJson({ confusion, labelOrder, ...rest }: EvaluationDetails): object {
  const cells = [...confusion.counts].map(([cell, count]) => ({
    truth: Math.floor(cell / confusion.classes),
    decision: cell % confusion.classes,
    count,
  }));
  return { ...recordAsJson(rest), confusion: cells, labelOrder: { ...labelOrder, mapping: [...labelOrder.mapping] } };
}

/** The images' own fields beside the rest, as scripts have always read them. */
export function recordAsJson<T extends Pick<EvaluationRecord, 'images'>>({ images, ...rest }: T): object {
  if (images.kind === 'folder') return { ...rest, folder: images.path };
  const { datasetId, datasetName, split } = images;
  return { ...rest, datasetId, datasetName, split };
}

export function comparisonAsJson({ first, second, ...rest }: EvaluationComparison): object {
  return { ...rest, first: recordAsJson(first), second: recordAsJson(second) };
}
