/** Runs that travel from one machine to another, and are checked on arrival. */
import { basename } from 'node:path';
import type { StudioContext, WorkOptions } from '../context.ts';
import type { EvaluationHandlers } from '../results/evaluations.ts';
import { type ArrivalCheck, checkArrival, checkInWords } from './checkArrival.ts';
import { type ExportChoice, exportRuns, type WrittenArchive } from './exportRuns.ts';
import { type Arrival, importRuns } from './importRuns.ts';

export type CheckedArrival = Arrival & {
  /** Empty where the images are not here, nothing came along to compare with, or it was not asked for. */
  readonly checks: readonly ArrivalCheck[];
};

export interface TravelHandlers {
  /** @throws {StudioError} `run.inUse`, `run.notFound`, `file.exists`, `file.…`, `weights.limit` */
  export(ids: readonly string[], choice: ExportChoice): Promise<WrittenArchive>;
  /**
   * Takes in what an archive holds; with `check`, its networks predict again where their images are here.
   * @throws {StudioError} `archive.…`, `file.…`
   */
  import(archive: string, options: { readonly check: boolean }, work?: WorkOptions): Promise<CheckedArrival[]>;
}

export function createTravelHandlers(context: StudioContext, evaluations: EvaluationHandlers): TravelHandlers {
  return {
    export: (ids, choice) => exportRuns(context, ids, choice),
    async import(archive, { check }, work) {
      const arrivals: CheckedArrival[] = [];
      for (const arrival of await importRuns(context, archive, work?.signal)) {
        const checks = check ? await checkArrival(context, evaluations, arrival, work) : [];
        await noteArrival(context, arrival, checks, archive);
        arrivals.push({ ...arrival, checks });
      }
      return arrivals;
    },
  };
}

/** Where it came from and what was found stands in the run's own note. */
async function noteArrival(
  { runRows }: StudioContext,
  { run, idThere }: Arrival,
  checks: readonly ArrivalCheck[],
  archive: string,
): Promise<void> {
  const found = checks.map((check) => `Checked here: ${checkInWords(check)}.`);
  const note = [run.note, `From ${basename(archive)}, where it was ${idThere}.`, ...found].filter(Boolean).join('\n');
  await runRows.annotate(run.id, { note });
}
