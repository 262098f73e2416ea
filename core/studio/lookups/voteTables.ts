/** Votes of stored predictions as tables: the same decisions and figures as the predictions file. */
import type { VoteFilter } from '../../../contract/api/ensembles.ts';
import { DECISIONS } from '../../../contract/voting.ts';
import { permutation } from '../../data/random.ts';
import { evaluateEnsemble, type EnsembleResult, votePValue } from '../../evaluate/ensemble.ts';
import { exportPredictions } from '../../evaluate/exportPredictions.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';
import { RecentlyUsed } from './recentlyUsed.ts';
import { type TopClasses, topClasses, topClassesOf } from './topClasses.ts';
import type { FoundVote, ReaderHandlers, VoteOf } from './requests.ts';

interface VoteTable extends Omit<EnsembleResult, 'members'> {
  /** What each member finds most probable, `[members]`. */
  readonly memberTop: TopClasses[];
}

/** Classes of each member that an image is shown with. */
const TOP = 3;

const tables = new RecentlyUsed<Promise<VoteTable>>(6);

/** The vote's table; the probabilities themselves are let go. */
export function tableOf({ directories, rule }: VoteOf): Promise<VoteTable> {
  return tables.get(JSON.stringify([directories, rule]), async () => {
    const given = [];
    for (const directory of directories) given.push(await readProbabilities(directory));
    const { members, ...result } = evaluateEnsemble(given, rule);
    const { classes } = result.index;
    return { ...result, memberTop: members.map(({ probabilities }) => topClasses(probabilities, classes, TOP)) };
  });
}

type Shown = VoteFilter['show'];
const FILTERS: readonly Shown[] = [
  'all',
  'unanimous',
  'disagree',
  'allDiffer',
  'tie',
  'oneAgainstRest',
  'right',
  'wrong',
  'allWrong',
  'rescued',
];

/** Which filters an image passes. */
function shownBy({ index, memberClass, decision, why }: VoteTable, image: number): Set<Shown> {
  const own = memberClass.map((classes) => classes[image] ?? -1);
  const counts = new Map<number, number>();
  for (const c of own) counts.set(c, (counts.get(c) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const shown = new Set<Shown>(['all']);
  if (counts.size === 1) shown.add('unanimous');
  else shown.add('disagree');
  if (counts.size === own.length && own.length > 1) shown.add('allDiffer');
  if (
    DECISIONS[why[image]!] === 'tie' ||
    (counts.size > 1 && counts.size < own.length && [...counts.values()].filter((count) => count === most).length > 1)
  )
    shown.add('tie');
  if (own.length > 2 && counts.size === 2 && most === own.length - 1) shown.add('oneAgainstRest');
  const truth = index.labels[image] ?? -1;
  if (truth >= 0) {
    const right = decision[image] === truth;
    shown.add(right ? 'right' : 'wrong');
    if (!own.includes(truth)) shown.add('allWrong');
    if (right && own.some((c) => c !== truth)) shown.add('rescued');
  }
  return shown;
}

export const voteFigures: ReaderHandlers['voteFigures'] = async (vote) => {
  const table = await tableOf(vote);
  const { index, scores } = table;
  const counts = Object.fromEntries(FILTERS.map((filter) => [filter, 0]));
  for (let image = 0; image < index.count; image++)
    for (const filter of shownBy(table, image)) counts[filter] = (counts[filter] ?? 0) + 1;
  return {
    count: index.count,
    labelled: table.labelled,
    classNames: index.classNames,
    rule: vote.rule,
    counts,
    agreement: table.agreement,
    whyCounts: table.whyCounts,
    vote: scores?.vote ?? null,
    oracle: scores?.oracle ?? null,
    members: vote.directories.map((_, member) => {
      const own = scores?.members[member];
      const gain = scores?.gains[member];
      return {
        top1: own?.top1 ?? null,
        top5: own?.top5 ?? null,
        logLoss: own?.logLoss ?? null,
        without: gain?.without ?? null,
        gain: gain?.gain ?? null,
        pValue: votePValue(table, member),
      };
    }),
  };
};

export const voteRows: ReaderHandlers['voteRows'] = async ({ filter, offset, limit, ...vote }) => {
  const table = await tableOf(vote);
  const { index, decision, why, memberTop } = table;
  const search = filter.search?.trim().toLowerCase() ?? '';
  const rows: FoundVote[] = [];
  let total = 0;
  for (const image of filter.shuffle === undefined
    ? index.labels.keys()
    : permutation(index.count, filter.shuffle, 'sample', 0)) {
    const truth = index.labels[image] ?? -1;
    if (filter.truth !== undefined && truth !== filter.truth) continue;
    if (filter.decision !== undefined && decision[image] !== filter.decision) continue;
    if (
      search !== '' &&
      ![index.paths[image], index.classNames[truth], index.classNames[decision[image] ?? -1]].some((text) =>
        text?.toLowerCase().includes(search),
      )
    )
      continue;
    if (filter.show !== 'all' && !shownBy(table, image).has(filter.show)) continue;
    if (total >= offset && rows.length < limit) {
      rows.push({
        index: image,
        path: index.paths[image] ?? '',
        truth,
        decision: decision[image]!,
        why: DECISIONS[why[image]!] ?? 'majority',
        members: memberTop.map((top) => saidOf(top, image)),
      });
    }
    total++;
  }
  return { rows, total };
};

function saidOf(top: TopClasses, image: number): FoundVote['members'][number] {
  const [first, ...next] = topClassesOf(top, image);
  return { classIndex: first?.classIndex ?? -1, probability: first?.probability ?? 0, next };
}

export const exportVote: ReaderHandlers['export'] = async ({ directories, rule, ...options }) => {
  const members = [];
  for (const directory of directories) members.push(await readProbabilities(directory));
  const result = evaluateEnsemble(members, rule);
  return exportPredictions({ ...options, members: result.members, result });
};
