/** Fine-tuning: where a run's first weights come from, which layers load, which train, and how fast. */
import { z } from 'zod';
import { TensorRename } from './weights/tensorRename.ts';

/**
 * Layers by name, several parted by commas; `*` stands for any characters, `head` for the layers whose shape depends on
 * the number of classes. Capital and small letters differ.
 */
export const LayerPattern = z.string().trim().min(1).max(2000);
export type LayerPattern = z.infer<typeof LayerPattern>;

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A weight file of any format we read, imported weights, or a checkpoint of a run; the last two by id or name. */
export const InitialWeightsRequest = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    path: z.string().min(1),
    entry: z.string().min(1).optional(),
    renames: z.array(TensorRename).optional(),
  }),
  z.object({ kind: z.literal('imported'), weights: z.string().min(1) }),
  z.object({
    kind: z.literal('run'),
    run: z.string().min(1),
    checkpoint: z.union([z.enum(['best', 'last']), z.int().min(0)]).default('best'),
  }),
]);
export type InitialWeightsRequest = z.infer<typeof InitialWeightsRequest>;

/** The same, found and fixed by its hash. A run that has taken its first checkpoint needs it no more. */
export const InitialWeights = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    path: z.string(),
    entry: z.string().optional(),
    renames: z.array(TensorRename).optional(),
    sha256: Sha256,
  }),
  z.object({ kind: z.literal('imported'), weights: z.string(), name: z.string(), sha256: Sha256 }),
  z.object({ kind: z.literal('run'), run: z.string(), name: z.string(), checkpoint: z.int(), sha256: Sha256 }),
]);
export type InitialWeights = z.infer<typeof InitialWeights>;

/**
 * Which layers train from the first step on. A layer that does not is frozen: its weights, its BatchNorm statistics,
 * its power iteration.
 */
export const TrainedLayers = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.literal('only'), layers: LayerPattern }),
  /** All but these. */
  z.object({ kind: z.literal('except'), layers: LayerPattern }),
  /** From the first layer of that name on, in the order they are built. */
  z.object({ kind: z.literal('from'), layer: LayerPattern }),
]);
export type TrainedLayers = z.infer<typeof TrainedLayers>;

const choices = {
  /** Layers to take from the weights; the others start from the run's seed. */
  loads: LayerPattern.default('*'),
  trains: TrainedLayers.prefault({ kind: 'all' }),
  /** Factors of the learning rate; the last that names a layer counts. */
  lrFactors: z
    .array(z.object({ layers: LayerPattern, factor: z.number().positive().max(1e6) }))
    .max(100)
    .default([]),
  /** Frozen layers that train once so many epochs are done. */
  unfreeze: z
    .array(z.object({ epoch: z.int().min(1).max(100000), layers: LayerPattern }))
    .max(100)
    .default([]),
} as const;

export const FineTuningRequest = z.object({
  /** Null: every layer starts from the run's seed. */
  from: InitialWeightsRequest.nullable().default(null),
  /** A new head of the data set's classes; null: where the weights tell other classes apart. */
  newHead: z.boolean().nullable().default(null),
  ...choices,
});
export type FineTuningRequest = z.infer<typeof FineTuningRequest>;

export const FineTuning = z.object({ from: InitialWeights.nullable(), newHead: z.boolean(), ...choices });
export type FineTuning = z.infer<typeof FineTuning>;

/** `head=10,conv1*,conv2*=0.1`: a factor counts for the layers before it. Null where that is not what the text says. */
export function parseLrFactors(text: string): FineTuning['lrFactors'] | null {
  const groups: FineTuning['lrFactors'] = [];
  let waiting: string[] = [];
  for (const part of text.split(',')) {
    const cut = part.lastIndexOf('=');
    if (cut < 0) {
      waiting.push(part.trim());
      continue;
    }
    const layers = [...waiting, part.slice(0, cut).trim()];
    const factor = part.slice(cut + 1).trim();
    if (layers.includes('') || factor === '' || !(Number(factor) > 0 && Number(factor) <= 1e6)) return null;
    groups.push({ layers: layers.join(','), factor: Number(factor) });
    waiting = [];
  }
  return waiting.length > 0 ? null : groups;
}

export function formatLrFactors(groups: FineTuning['lrFactors']): string {
  return groups.map(({ layers, factor }) => `${layers}=${factor}`).join(', ');
}

/**
 * `2:conv5*,bn5*,5:*`: layers count for the number of epochs before them. Null where that is not what the text says.
 */
export function parseUnfreezing(text: string): FineTuning['unfreeze'] | null {
  const phases: { epoch: number; layers: string[] }[] = [];
  for (const part of text.split(',')) {
    const [, epoch, layers = part] = /^\s*(\d{1,6})\s*:(.*)$/.exec(part) ?? [];
    if (epoch !== undefined) phases.push({ epoch: Number(epoch), layers: [] });
    const phase = phases.at(-1);
    if (!phase || phase.epoch < 1 || layers.trim() === '') return null;
    phase.layers.push(layers.trim());
  }
  return phases.map(({ epoch, layers }) => ({ epoch, layers: layers.join(',') }));
}

export function formatUnfreezing(phases: FineTuning['unfreeze']): string {
  return phases.map(({ epoch, layers }) => `${epoch}:${layers}`).join(', ');
}
