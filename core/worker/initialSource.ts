/** The weights that a run starts from, out of any weight file. */
import { StudioError } from '../../contract/errors.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import { networkShapeOf } from '../models/family.ts';
import type { OutputClasses } from '../../contract/weights/weights.ts';
import { inColumns } from '../evaluate/classColumns.ts';
import { fineTuningPlan, layerNames, type LayerNames } from '../models/layerChoice.ts';
import { layerOfWeight } from '../models/weightSpecs.ts';
import { matchClasses } from '../../pure/classes/classMatch.ts';
import { firstNames } from '../../pure/firstNames.ts';
import { getModel } from '../models/registry.ts';
import type { InitialSource } from '../train/trainer.ts';
import { hashWeights } from '../weights/hashWeights.ts';
import { allFinite, notFiniteNotes, planWeights, requireComplete } from '../weights/mapWeights.ts';
import { openEntry } from './openEntry.ts';
import type { InitialFile } from './jobs/train/messages.ts';
import { readCardBeside } from './cardBeside.ts';

/**
 * Reads the layers that `spec` takes from its weights, and writes into the run's log what it took.
 * @throws {StudioError} `file.notFound`, `weights.…`; `file.damaged` where the file is not the one that the run was
 * made for.
 */
export function initialSource(spec: RunSpec, { path, entry, renames = [], outputs }: InitialFile): InitialSource {
  return async () => {
    const { fineTuning } = spec;
    const model = getModel(spec.model.name);
    const shape = networkShapeOf(spec);
    const names = layerNames(model, shape);
    const { loaded } = fineTuningPlan(fineTuning, names);
    const fresh = names.all.filter((layer) => !loaded.has(layer));
    const file = await openEntry(path, entry);
    try {
      if ((await hashWeights(file)) !== fineTuning?.from?.sha256)
        throw new StudioError(
          'file.damaged',
          `${path} is not the file that this run was made to start from: its contents have changed.`,
          { remedy: 'Make a new run from it.' },
        );
      const { tensors, report, card } = planWeights(file, model, shape, { skipLayers: fresh, renames });
      requireComplete(report, model, path);
      const values = new Map([...tensors].map(([name, tensor]) => [name, tensor.read()]));
      const known = outputs ?? (await readCardBeside(path))?.outputs;
      if (known) reorderHead(values, known, spec, names);
      const notFinite = [...values].filter(([, data]) => !allFinite(data)).map(([name]) => name);
      if (notFinite.length > 0)
        throw new StudioError('weights.mismatch', `${path}: ${notFiniteNotes(notFinite).join(' ')}`, {
          remedy: 'Start from other weights, or leave these layers out of what is loaded.',
          details: { notFinite },
        });
      const unused = report.unused.length > 0 ? `; not needed: ${firstNames(report.unused)}` : '';
      // Goes into the run's log.
      console.info(
        `Took ${values.size} weights of ${loaded.size} layers from ${path} ` +
          `(${card.naming})${fresh.length > 0 ? `; new: ${fresh.join(', ')}` : ''}${unused}.`,
      );
      return values;
    } finally {
      file.close();
    }
  };
}

/** A head that is kept answers in the run's order of classes, whatever order the weights were trained with. */
function reorderHead(
  values: Map<string, Float32Array>,
  outputs: OutputClasses,
  { classIds, classNames }: RunSpec,
  { head }: LayerNames,
): void {
  const { outputOf, sameOrder, common } = matchClasses(outputs, { ids: classIds, names: classNames });
  if (sameOrder || common < classIds.length || outputs.ids.length !== classIds.length) return;
  for (const [name, data] of values) {
    if (head.has(layerOfWeight(name))) values.set(name, inColumns(data, outputOf.length, { outputOf }));
  }
}
