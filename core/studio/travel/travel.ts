/** Runs that travel from one machine to another, and are checked on arrival. */
import { basename } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import type { EvaluationHandlers } from '../results/evaluations.ts';
import { type ArrivalCheck, checkArrival, checkInWords } from './checkArrival.ts';
import { type ExportChoice, exportRuns, type WrittenArchive } from './exportRuns.ts';
import { type ReplayCheck, replayArrival, replayInWords } from './replayArrival.ts';
import { type Arrival, importRuns } from './importRuns.ts';

export type CheckedArrival = Arrival & {
  /** Empty where the images are not here, nothing came along to compare with, or it was not asked for. */
  readonly checks: readonly ArrivalCheck[];
  /** Null where no step could be trained again. */
  readonly replay: ReplayCheck | null;
  /** Why it could not be checked, though it was asked for; null where nothing went wrong. */
  readonly problem: string | null;
};

export interface TravelHandlers {
  /** @throws {StudioError} `run.inUse`, `run.notFound`, `file.exists`, `file.…`, `weights.limit` */
  export(ids: readonly string[], choice: ExportChoice, work?: WorkOptions): Promise<WrittenArchive>;
  /**
   * Takes in what an archive holds; with `check`, its networks predict and train again where their images are here.
   * @throws {StudioError} `archive.…`, `file.…`
   */
  import(archive: string, options: { readonly check: boolean }, work?: WorkOptions): Promise<CheckedArrival[]>;
}

export function createTravelHandlers(context: StudioContext, evaluations: EvaluationHandlers): TravelHandlers {
  return {
    export: (ids, choice, work) => exportRuns(context, ids, choice, work),
    async import(archive, { check }, work) {
      const arrivals: CheckedArrival[] = [];
      for (const arrival of await importRuns(context, archive, work)) {
        const checked = { ...arrival, ...(check ? await tryToCheck(context, evaluations, arrival, work) : UNCHECKED) };
        await noteArrival(context, checked, archive);
        arrivals.push(checked);
      }
      return arrivals;
    },
  };
}

const UNCHECKED = { checks: [], replay: null, problem: null };

/** A run that is here stays here, whether it can be checked or not. */
async function tryToCheck(
  context: StudioContext,
  evaluations: EvaluationHandlers,
  arrival: Arrival,
  work?: WorkOptions,
): Promise<Pick<CheckedArrival, 'checks' | 'replay' | 'problem'>> {
  try {
    const checks = await checkArrival(context, evaluations, arrival, work);
    return { checks, replay: await replayArrival(context, arrival, work), problem: null };
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return { ...UNCHECKED, problem: error.message };
  }
}

/** Where it came from and what was found stands in the run's own note. */
async function noteArrival(
  { runRows }: StudioContext,
  { run, idThere, checks, replay, problem }: CheckedArrival,
  archive: string,
): Promise<void> {
  const words = [...checks.map(checkInWords), ...(replay ? [replayInWords(replay)] : [])];
  const found = words.map((one) => `Checked here: ${one}.`);
  const failed = problem === null ? [] : [`It could not be checked here: ${problem}`];
  const note = [run.note, `From ${basename(archive)}, where it was ${idThere}.`, ...found, ...failed];
  await runRows.annotate(run.id, { note: note.filter(Boolean).join('\n') });
}
