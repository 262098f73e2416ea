/**
 * The order of the test files. Vitest begins with the largest files where it has no times of an earlier run; a long
 * file that is begun last keeps one core busy while the others have nothing left to do.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, the longest first. */
const SLOWEST = [
  'test/zoo/training.test.ts',
  'test/zoo/parity.test.ts',
  'test/unit/train/resume.test.ts',
  'test/unit/studio/jobs/poisonPictures.test.ts',
  // these mostly wait
  'test/unit/studio/places/ssh.test.ts',
  'test/unit/studio/places/slurm.test.ts',
  'test/unit/studio/training/survival.test.ts',
  'test/unit/weights/mutations.test.ts',
  'test/trials/storageFaults.test.ts',
  'test/unit/train/killSafety.test.ts',
  'test/trials/kills.test.ts',
  'test/parity/vgg.test.ts',
  'test/trials/hostileFiles.test.ts',
  'test/trials/killedWork.test.ts',
  'test/unit/cli/classesByName.test.ts',
  'test/unit/studio/training/closing.test.ts',
  'test/trials/refusedWrites.test.ts',
  'test/unit/studio/runs/trainOn.test.ts',
  'test/unit/engine/memory.test.ts',
  'test/unit/cli/evaluate.test.ts',
  'test/unit/provision/repair.test.ts',
  'test/unit/engine/export.test.ts',
  'test/unit/studio/records/stateCorpus.test.ts',
  'test/e2e/control.e2e.ts',
  'test/e2e/frame.e2e.ts',
  'test/e2e/journey.e2e.ts',
  'test/e2e/speed.e2e.ts',
  'test/e2e/firstHour.e2e.ts',
  'test/e2e/accessibility.e2e.ts',
  'test/e2e/survival.e2e.ts',
  'test/e2e/trial.e2e.ts',
  'test/e2e/evaluate.e2e.ts',
];

/** The project of the browser tests. */
export const BROWSER = 'browser';
/** Other files begun for each browser test, so that one that waits has company that computes. */
const OTHERS_A_BROWSER = 2;

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const gone = SLOWEST.find((file) => !existsSync(path.join(root, file)));
    if (gone !== undefined) throw new Error(`build/suite/slowestFirst.ts names ${gone}, which is not there`);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = SLOWEST.indexOf(path.relative(root, moduleId).split(path.sep).join('/'));
      return at < 0 ? SLOWEST.length : at;
    };
    // the sorts are stable: what is not named keeps the order that Vitest found
    const sorted = (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
    // those that share processes come one after another, or they could not; they are short, and fill the end
    const alone = sorted.filter(({ project }) => project.config.isolate);
    const sharing = sorted.filter(({ project }) => !project.config.isolate);
    return [...amongOthers(alone), ...sharing];
  }
}

/** Browser tests with others between them, as long as there are any. */
function amongOthers(files: readonly TestSpecification[]): TestSpecification[] {
  const browsers = files.filter(({ project }) => project.name === BROWSER);
  const others = files.filter(({ project }) => project.name !== BROWSER);
  const turns = browsers.flatMap((browser, at) => [
    browser,
    ...others.slice(OTHERS_A_BROWSER * at, OTHERS_A_BROWSER * (at + 1)),
  ]);
  return [...turns, ...others.slice(OTHERS_A_BROWSER * browsers.length)];
}
