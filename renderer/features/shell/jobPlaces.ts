import type { JobKind, JobStatus } from '../../../contract/api/jobs.ts';

const PLACES: Readonly<Record<JobKind, string>> = {
  inspect: '/datasets/import',
  import: '/datasets',
  check: '/datasets',
  duplicates: '/datasets',
  predict: '/ensembles',
  export: '/ensembles',
  probe: '/runs/new',
  lrRange: '/runs/new',
  installEngine: '/settings',
  testEngine: '/settings',
  inspectWeights: '/weights/import',
  importWeights: '/weights',
  exportWeights: '/weights',
  selfCheck: '/weights',
  evaluate: '/evaluate',
  time: '/evaluate/timing',
};

/** Where one sees what a job does: what it is about, else the place of its kind. */
export function jobPlace({ kind, subjectId }: Pick<JobStatus, 'kind' | 'subjectId'>): string {
  if (subjectId?.startsWith('d-')) return `/datasets/${subjectId}${kind === 'duplicates' ? '/duplicates' : ''}`;
  if (subjectId?.startsWith('r-')) return `/runs/${subjectId}`;
  if (subjectId?.startsWith('w-')) return `/weights/${subjectId}`;
  return PLACES[kind];
}
