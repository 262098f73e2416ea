/** Everything a run could start from, for those who choose. */
import type { InitialWeightsRequest } from '../../../contract/fineTuning.ts';
import type { ModelSpec, RunSpec } from '../../../contract/runSpec.ts';
import type { StartingPointRow } from '../../../contract/api/runs/runTypes.ts';
import type { StudioContext } from '../context.ts';
import { describeFineTuning, type FineTuningWords } from './fineTuning.ts';
import { listImported } from '../weights/importedWeights.ts';
import { findStartingPoint, readInitial, startOf } from '../weights/startingPoint.ts';

export interface StartingPointHandlers {
  /** Imported weights, then runs with a checkpoint, each newest first. */
  list(): Promise<StartingPointRow[]>;
  /**
   * A file, imported weights or a run from a word, and the network they belong to; null for files, which do not say.
   * @throws {StudioError} as `readInitial`
   */
  read(text: string): Promise<{ from: InitialWeightsRequest; model: ModelSpec | null }>;
  /** Null for a run without fine-tuning. @throws {StudioError} as `findStartingPoint` */
  describe(spec: RunSpec): Promise<FineTuningWords | null>;
}

export function createStartingPointHandlers(context: StudioContext): StartingPointHandlers {
  return {
    async list() {
      const imported = (await listImported(context.paths)).map((card): StartingPointRow => ({
        from: { kind: 'imported', weights: card.id },
        id: card.id,
        name: card.name,
        model: card.model,
        size: card.size,
        classes: card.classes,
      }));
      const { runs } = await context.runs.list();
      const rows: StartingPointRow[] = [];
      for (const { id, name, step, spec } of runs) {
        if (step === 0 || (await context.checkpoints.list(id)).length === 0) continue;
        rows.push({
          from: { kind: 'run', run: id, checkpoint: 'best' },
          id,
          name,
          model: spec.model,
          size: spec.preprocessing.size,
          classes: spec.classNames.length,
        });
      }
      return [...imported, ...rows];
    },
    async read(text) {
      const from = await readInitial(context, text);
      return {
        from,
        model: from.kind === 'file' ? null : (await findStartingPoint(context, from, { name: '', options: {} })).model,
      };
    },
    describe: async (spec) => describeFineTuning(spec, await startOf(context, spec)),
  };
}
