/** An ensemble's (or a single network's) predictions as CSV with its sidecar. */
import type { ClassMap } from '../../contract/classMap.ts';
import { pairsIn } from '../../pure/classes/classMap.ts';
import { type ClassList, matchClasses } from '../../pure/classes/classMatch.ts';
import { DECISIONS, ruleInWords } from '../../contract/voting.ts';
import type { EnsembleResult } from './ensemble.ts';
import type { Predictions } from './probabilityFile.ts';
import { memberLabels } from './memberLabel.ts';
import { openPredictionsCsv, type PredictionColumns } from './predictionsCsv.ts';
import type { PredictionsSidecar, SidecarMember, WrittenCsv } from './predictionsSidecar.ts';

/** Where a member comes from and the classes it tells apart; its label and its scores are added by the export. */
export interface MemberOrigin extends Omit<SidecarMember, 'label' | 'classes' | 'top1' | 'top5' | 'logLoss'> {
  /** Null where nobody said them. */
  readonly classes: ClassList | null;
}

export interface ExportOptions {
  readonly path: string;
  readonly members: readonly Predictions[];
  /** One a member, in the same order. */
  readonly origins: readonly MemberOrigin[];
  readonly result: EnsembleResult;
  readonly data: PredictionsSidecar['data'];
  /** How the probabilities came about and which labels count, in words. */
  readonly protocol: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly cells?: 'name' | 'id';
  readonly columns?: PredictionColumns;
  readonly overwrite?: boolean;
  readonly byteOrderMark?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Rows between two progress calls. */
const PROGRESS_ROWS = 10_000;

/**
 * Writes `path` and its sidecar; errors as `openPredictionsCsv`. Nothing is left behind when it fails or `signal`
 * aborts.
 */
export async function exportPredictions(options: ExportOptions): Promise<WrittenCsv> {
  const { result, members } = options;
  const { index, rule } = result;
  const labels = memberLabels(options.origins.map((origin) => origin.model));
  const writer = await openPredictionsCsv(options.path, {
    ...options,
    memberLabels: labels,
    classNames: index.classNames,
    classIds: index.classIds,
    ...(rule.kind === 'weighted' && { weights: rule.weights }),
  });
  try {
    for (let image = 0; image < index.count; image++) {
      const start = image * index.classes;
      await writer.write({
        image: index.paths[image]!,
        memberClass: result.memberClass.map((own) => own[image]!),
        decision: result.decision[image]!,
        truth: index.labels[image]!,
        why: DECISIONS[result.why[image]!]!,
        probabilities: members.map((member) => member.probabilities.subarray(start, start + index.classes)),
      });
      if ((image + 1) % PROGRESS_ROWS === 0) {
        options.signal?.throwIfAborted();
        options.onProgress?.(image + 1, index.count);
      }
    }
    options.signal?.throwIfAborted();
    return await writer.finish(sidecarOf(options, labels));
  } finally {
    await writer.discard();
  }
}

function sidecarOf(options: ExportOptions, labels: readonly string[]): Omit<PredictionsSidecar, 'csv'> {
  const { result, origins } = options;
  const { index, rule, scores } = result;
  const voted: ClassList = { ids: index.classIds, names: index.classNames };
  return {
    rule: { words: ruleInWords(rule, labels), data: rule },
    members: origins.map((origin, member) => {
      const own = scores?.members[member];
      return {
        label: labels[member]!,
        ...origin,
        classes: origin.classes && mappedClasses(origin.classes, voted, origin.protocol?.classMap),
        top1: own?.top1 ?? null,
        top5: own?.top5 ?? null,
        logLoss: own?.logLoss ?? null,
      };
    }),
    data: options.data,
    counts: { images: index.count, labelled: result.labelled, skipped: index.skipped, why: result.whyCounts },
    accuracy: {
      vote: scores?.vote ?? null,
      oracle: scores?.oracle ?? null,
      agreement: result.agreement,
      protocol: options.protocol,
    },
    cells: options.cells ?? 'name',
    classes: index.classIds.map((id, c) => ({ id, name: index.classNames[c]! })),
    versions: options.versions,
    createdAt: new Date().toISOString(),
  };
}

function mappedClasses(
  own: ClassList,
  voted: ClassList,
  classMap: ClassMap | undefined,
): NonNullable<SidecarMember['classes']> {
  const owners = { network: 'The network', data: 'The vote' };
  const said = classMap ? pairsIn(classMap, own, voted, owners) : [];
  const { onlyData, sameOrder } = matchClasses(own, voted, said);
  return { count: own.ids.length, sameOrder, unknown: onlyData.map((place) => voted.names[place]!) };
}
