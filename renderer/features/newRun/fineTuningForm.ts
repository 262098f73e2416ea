/** The part of the new-run form that says what a run starts from and which layers train. */
import type { z } from 'zod';
import {
  formatLrFactors,
  formatUnfreezing,
  type InitialWeightsRequest,
  parseLrFactors,
  parseUnfreezing,
} from '../../../contract/fineTuning.ts';
import type { RunRequestInput } from '../../../contract/runSpec.ts';

export interface FineTuningForm {
  /** Null: every layer starts from the seed. */
  from: z.input<typeof InitialWeightsRequest> | null;
  head: 'auto' | 'new' | 'keep';
  trains: 'all' | 'only' | 'except' | 'from';
  /** Patterns as typed; empty stands for all or none. */
  layers: string;
  loads: string;
  lrFactors: string;
  unfreeze: string;
}

export type FineTuningField = 'startFrom' | 'trainedLayers' | 'loads' | 'lrFactors' | 'unfreeze';

export function emptyFineTuning(): FineTuningForm {
  return { from: null, head: 'auto', trains: 'all', layers: '', loads: '', lrFactors: '', unfreeze: '' };
}

/** The same weights have the same key. */
export function keyOf(from: FineTuningForm['from']): string {
  if (!from) return '';
  return from.kind === 'file'
    ? `file ${from.path} ${from.entry ?? ''}`
    : from.kind === 'imported'
      ? `imported ${from.weights}`
      : `run ${from.run} ${from.checkpoint ?? 'best'}`;
}

/** Null where the form chooses nothing of it. */
export function readFineTuning(form: FineTuningForm): {
  readonly value: RunRequestInput['fineTuning'];
  readonly errors: Partial<Record<FineTuningField, string>>;
} {
  const errors: Partial<Record<FineTuningField, string>> = {};
  const layers = form.layers.trim();
  const lrFactors = form.lrFactors.trim() === '' ? [] : parseLrFactors(form.lrFactors);
  const unfreeze = form.unfreeze.trim() === '' || form.trains === 'all' ? [] : parseUnfreezing(form.unfreeze);
  if (form.trains !== 'all' && layers === '') errors.trainedLayers = 'Name layers, such as head or conv1*';
  if (!lrFactors) errors.lrFactors = 'Enter layers=factor, such as head=10, conv1*=0.1';
  if (!unfreeze) errors.unfreeze = 'Enter epoch:layers, such as 2:conv5*, 5:*';
  if (!form.from && form.head === 'new') errors.startFrom = 'Choose weights: without them every layer is new';
  if (!form.from && form.head !== 'new' && form.trains === 'all' && lrFactors?.length === 0)
    return { value: null, errors };
  return {
    value: {
      from: form.from,
      newHead: form.head === 'auto' ? null : form.head === 'new',
      lrFactors: lrFactors ?? [],
      unfreeze: unfreeze ?? [],
      loads: form.loads.trim() || '*',
      trains:
        form.trains === 'all'
          ? { kind: 'all' }
          : form.trains === 'from'
            ? { kind: 'from', layer: layers }
            : { kind: form.trains, layers },
    },
    errors,
  };
}

/** Null empties it; weights that settings leave open stay those that were chosen. */
export function fillFineTuning(form: FineTuningForm, settings: RunRequestInput['fineTuning']): void {
  const {
    from = null,
    newHead = null,
    trains = { kind: 'all' },
    loads = '*',
    lrFactors = [],
    unfreeze = [],
  } = settings ?? {};
  const kept = settings ? form.from : null;
  const filled: FineTuningForm = {
    from: from ?? kept,
    head: newHead === null ? 'auto' : newHead ? 'new' : 'keep',
    trains: trains.kind,
    layers: 'layers' in trains ? trains.layers : 'layer' in trains ? trains.layer : '',
    loads: loads === '*' ? '' : loads,
    lrFactors: formatLrFactors(lrFactors),
    unfreeze: formatUnfreezing(unfreeze),
  };
  Object.assign(form, filled);
}
