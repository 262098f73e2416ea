/** What should be known of a run before its first step. */
import type { DatasetCard } from '../../../contract/dataset.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { settingsWarnings } from '../../../pure/runWarnings.ts';
import { hasBatchNorm } from '../../models/describe.ts';
import { networkShapeOf } from '../../models/family.ts';
import { getModel } from '../../models/registry.ts';

/** One sentence each; none where nothing stands out. */
export function startWarnings(spec: RunSpec, { splits }: Pick<DatasetCard, 'splits'>): string[] {
  return settingsWarnings({
    spec,
    splits,
    hasBatchNorm: hasBatchNorm(getModel(spec.model.name), networkShapeOf(spec)),
  });
}
