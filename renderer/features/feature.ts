/** What a feature brings to the window: pages, a place in the rail, commands, menu entries, and words for its jobs. */
import { inject, type ComputedRef, type InjectionKey } from 'vue';
import type { RouteComponent, RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../../contract/api/connection.ts';
import type { JobStatus } from '../../contract/api/jobs.ts';
import type { Command } from './shell/commandsStore.ts';

/** An entry of the rail. */
export interface Place {
  readonly title: string;
  readonly path: string;
  /** An icon's SVG path. */
  readonly icon: string;
  /** At the foot of the rail, apart from the others. */
  readonly foot?: boolean;
}

/** One page: a route, its name, and the view behind it. */
export interface Page {
  readonly path: string;
  readonly name: string;
  readonly title: string;
  readonly view: () => Promise<RouteComponent>;
  /** Of another feature, where its place in the rail is the one to light up. */
  readonly place?: string;
}

export interface Feature {
  readonly name: string;
  /** Where it stands among the others in the rail, the commands and the menu. */
  readonly order: number;
  readonly place?: Place;
  readonly pages?: readonly Page[];
  /** For a component's setup. */
  readonly commands?: () => ComputedRef<readonly Command[]>;
  /** `command` is the id of a command above. */
  readonly menu?: readonly MenuEntry[];
  /** Where the work of a job is seen. */
  readonly jobs?: Readonly<Record<string, string>>;
  /** Where the thing a job works on is seen, by how its id begins. */
  readonly subjects?: Readonly<Record<string, (id: string, kind: string) => string>>;
  /** A job's stages as the host names them, in words for a screen. */
  readonly stages?: Readonly<Record<string, string>>;
}

export const FEATURES: InjectionKey<readonly Feature[]> = Symbol('features');

/** For a component's setup. */
export function useFeatures(): readonly Feature[] {
  const features = inject(FEATURES);
  if (!features) throw new Error('The features are provided before any component is set up.');
  return features;
}

export function routesOf(features: readonly Feature[]): RouteRecordRaw[] {
  return features.flatMap(({ name, pages = [] }) =>
    pages.map((page) => ({
      path: page.path,
      name: page.name,
      component: page.view,
      props: true,
      meta: { title: page.title, place: page.place ?? name },
    })),
  );
}

/** What the job is about, else the place of its kind. */
export function jobPlace(
  features: readonly Feature[],
  { kind, subjectId }: Pick<JobStatus, 'kind' | 'subjectId'>,
): string {
  for (const { subjects = {} } of features)
    for (const [prefix, pathOf] of Object.entries(subjects))
      if (subjectId?.startsWith(prefix)) return pathOf(subjectId, kind);
  return features.find(({ jobs }) => jobs?.[kind])?.jobs?.[kind] ?? '/';
}

export function stageWords(features: readonly Feature[], stage: string | null | undefined): string {
  if (!stage) return 'Starting';
  const known = features.find(({ stages }) => stages && Object.hasOwn(stages, stage));
  return known?.stages?.[stage] ?? stage.charAt(0).toUpperCase() + stage.slice(1);
}

/** For a component's setup. */
export function useJobWords(): {
  readonly placeOf: (job: Pick<JobStatus, 'kind' | 'subjectId'>) => string;
  readonly stageWords: (stage: string | null | undefined) => string;
} {
  const features = useFeatures();
  return {
    placeOf: (job) => jobPlace(features, job),
    stageWords: (stage) => stageWords(features, stage),
  };
}
