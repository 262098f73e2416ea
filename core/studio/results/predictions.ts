/**
 * Predictions: a run's probabilities for a split or a folder of pictures, stored so that voting needs no network again.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type DatasetCard, Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { CheckpointInfo, Run } from '../../../contract/run.ts';
import { DeviceChoice } from '../../../contract/runSpec.ts';
import { dataFingerprint } from '../../data/set/overlay.ts';
import type { Prediction, PredictionSource } from '../../db/predictionRepository.ts';
import { INDEX_FILE } from '../../evaluate/probabilityFile.ts';
import { predictJob } from '../../worker/jobs/predict/messages.ts';
import { requireCommonClasses } from '../../../pure/classMatch.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { findByText, newId } from '../records/ids.ts';
import { runJob } from '../jobs/runJob.ts';

export const PredictionRequest = z.object({
  run: z.string(),
  checkpoint: z.enum(['best', 'last']).default('best'),
  source: z.discriminatedUnion('kind', [
    /** The run's own data set unless `dataset` names another one. */
    z.object({ kind: z.literal('split'), split: Split, dataset: z.string().optional() }),
    z.object({ kind: z.literal('folder'), path: z.string() }),
  ]),
  batchSize: z.int().min(1).max(4096).optional(),
  device: DeviceChoice.optional(),
  /** Use what this run and checkpoint said about the same split before. */
  reuse: z.boolean().default(true),
});
export type PredictionRequest = z.input<typeof PredictionRequest>;

export interface PredictionHandlers {
  /**
   * @throws StudioError `run.notFound`, `run.noCheckpoint`, `dataset.missingSplit`, `prediction.classMismatch`,
   *   `file.…`
   */
  create(request: PredictionRequest, work?: WorkOptions): Promise<Prediction>;
  list(run?: string): Promise<Prediction[]>;
  /** @throws StudioError `prediction.notFound` */
  show(id: string): Promise<Prediction>;
  remove(id: string): Promise<void>;
}

export function createPredictionHandlers(context: StudioContext): PredictionHandlers {
  const { predictions, runs, datasets, paths } = context;
  const lookUpRun = async (text: string): Promise<Run> => {
    const run = await runs.find(findByText(await runs.names(), text, 'run.notFound', 'run').id);
    if (!run) throw new StudioError('run.notFound', `There is no run "${text}".`);
    return run;
  };
  const show = async (id: string): Promise<Prediction> => {
    const found = await predictions.find(id);
    if (!found) throw new StudioError('prediction.notFound', `There are no predictions "${id}".`);
    return found;
  };
  return {
    async create(input, work) {
      const request = PredictionRequest.parse(input);
      const run = await lookUpRun(request.run);
      const checkpoint = await findCheckpoint(context, run, request.checkpoint);
      const source = await resolveSource(request.source, run, (text) =>
        datasets.list().then((all) => findByText(all.datasets, text, 'dataset.notFound', 'data set')),
      );
      const fingerprint = source.kind === 'split' ? await fingerprintOf(context, source.datasetId) : null;
      if (request.reuse && source.kind === 'split') {
        const earlier = (await predictions.list(run.id)).find(
          (known) =>
            known.checkpointSeq === checkpoint.seq &&
            sameSplit(known.source, source) &&
            known.dataFingerprint === fingerprint &&
            existsSync(join(known.path, INDEX_FILE)),
        );
        if (earlier) return earlier;
      }
      const id = await newId(
        'p',
        async (candidate) => (await predictions.find(candidate)) !== null || existsSync(paths.predictionDir(candidate)),
      );
      const outputDir = paths.predictionDir(id);
      try {
        const figures = await runJob(
          context,
          predictJob,
          {
            spec: run.spec,
            checkpointDir: resolve(paths.runDir(run.id), checkpoint.path),
            batchSize: request.batchSize ?? Math.min(run.spec.batchSize, 256),
            device: request.device ?? run.spec.device,
            outputDir,
            source:
              source.kind === 'split'
                ? { kind: 'split', datasetDir: paths.datasetDir(source.datasetId), split: source.split }
                : source,
          },
          { ...work, device: request.device ?? run.spec.device },
        );
        const prediction: Prediction = {
          id,
          runId: run.id,
          checkpointSeq: checkpoint.seq,
          source,
          path: outputDir,
          ...figures,
          dataFingerprint: fingerprint,
          createdAt: new Date().toISOString(),
        };
        await predictions.add(prediction);
        return prediction;
      } catch (error) {
        await rm(outputDir, { recursive: true, force: true });
        throw error;
      }
    },
    list: async (run) => predictions.list(run === undefined ? undefined : (await lookUpRun(run)).id),
    show,
    async remove(id) {
      const { path } = await show(id);
      await predictions.remove(id);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function findCheckpoint(
  { checkpoints }: StudioContext,
  run: Run,
  which: 'best' | 'last',
): Promise<CheckpointInfo> {
  // A run that was stopped before its first validation has no best checkpoint yet.
  const found = (await checkpoints.find(run.id, which)) ?? (await checkpoints.find(run.id, 'last'));
  if (!found)
    throw new StudioError('run.noCheckpoint', `Run ${run.id} (${run.state}) has no checkpoint.`, {
      remedy: 'Train it first.',
    });
  return found;
}

async function resolveSource(
  asked: z.output<typeof PredictionRequest>['source'],
  run: Run,
  lookUp: (text: string) => Promise<DatasetCard>,
): Promise<PredictionSource> {
  if (asked.kind === 'folder') {
    const path = resolve(asked.path);
    if (!existsSync(path))
      throw new StudioError('file.notFound', `There is no file or folder ${path}.`, {
        remedy: 'Give an image, a folder of images, or one of the splits train, val, test.',
      });
    return { kind: 'folder', path };
  }
  const card = await lookUp(asked.dataset ?? run.spec.dataset);
  if (!card.splits[asked.split]?.count) {
    throw new StudioError('dataset.missingSplit', `Data set "${card.name}" has no ${asked.split} split.`, {
      remedy: `It has: ${Object.keys(card.splits).join(', ')}.`,
    });
  }
  const { spec } = run;
  requireCommonClasses(
    { ids: spec.classIds, names: spec.classNames },
    { ids: card.classIds, names: card.classNames },
    { network: `Run "${run.name}"`, data: `data set "${card.name}"` },
  );
  return { kind: 'split', datasetId: card.id, split: asked.split };
}

/** What the data set holds now, pictures left out and relabelled included; null when it is gone. */
export async function fingerprintOf({ datasets, paths }: StudioContext, datasetId: string): Promise<string | null> {
  const card = await datasets.find(datasetId);
  return card && dataFingerprint({ card, directory: paths.datasetDir(card.id) });
}

function sameSplit(a: PredictionSource, b: PredictionSource): boolean {
  return a.kind === 'split' && b.kind === 'split' && a.datasetId === b.datasetId && a.split === b.split;
}
