/** What a run would be and cost: known at once, or measured by a short probe. */
import { totalmem } from 'node:os';
import { type ManyRunsForecast, probeJob, type RunForecast } from '../../../../contract/api/runs/runs.ts';
import type { DatasetCard } from '../../../../contract/dataset.ts';
import { slotNames } from '../../../../contract/optimizers.ts';
import { packedChannelsOf } from '../../../../contract/inputSpec.ts';
import { freeBytesAt } from '../../../files/freeSpace.ts';
import type { RunRequest, RunSpec } from '../../../../contract/runSpec.ts';
import { describeNetwork, type NetworkDescription } from '../../../models/describe.ts';
import { networkShapeOf } from '../../../models/family.ts';
import { getModel } from '../../../models/registry.ts';
import { describeFineTuning } from '../../runs/fineTuning.ts';
import { computeTurn } from '../../host/computeTurn.ts';
import type { StudioHost } from '../../host/studioHost.ts';
import { startWarnings } from '../../runs/startWarnings.ts';
import { resolveRequest } from '../../runs/resolveRequest.ts';

const FLOAT_BYTES = 4;

/** Bytes of one checkpoint: weights in float32, their averages where they are kept, and the optimizer's slots. */
export function checkpointBytes(
  { optimizer, averaging }: Pick<RunSpec, 'optimizer' | 'averaging'>,
  { learnable, statistics }: Pick<NetworkDescription, 'learnable' | 'statistics'>,
  trained = learnable,
): number {
  const copies = averaging ? 2 : 1;
  return FLOAT_BYTES * (copies * (learnable + statistics) + slotNames(optimizer).length * trained);
}

function stepsOf(spec: RunSpec, card: DatasetCard): { stepsPerEpoch: number; totalSteps: number } {
  const examples = Math.min(card.splits.train?.count ?? 0, spec.limit.train ?? Infinity);
  const stepsPerEpoch = Math.ceil(examples / spec.batchSize);
  return { stepsPerEpoch, totalSteps: stepsPerEpoch * spec.epochs };
}

const BEST_AND_LAST = 2;
const BEING_WRITTEN = 1;

/** Share of the device's memory above which a run is called tight. */
const TIGHT = 0.8;
/**
 * What a job takes beside its tensors, bytes: Node, the engine's library, loaders and their batches on the CPU; CUDA's
 * context and libraries on a GPU. Measured by `npm run bench:forecast`.
 */
const RUNTIME_BYTES = { cpu: 560 * 2 ** 20, gpu: 600 * 2 ** 20 } as const;
/**
 * Peak of a process over its tensors alone: on a CPU allocator and kernels hold workspaces that grow with them. Fitted
 * to the same measurements.
 */
const TENSOR_SHARE = { cpu: 1.4, gpu: 1 } as const;
/**
 * What a training does beside its steps, seconds, and seconds of processor time: loaders begin, images are packed,
 * checkpoints and the validation's predictions are written. Measured by `npm run bench:forecast` on quiet cores.
 */
const AROUND_STEPS = { seconds: 2.5, cpuSeconds: 4 } as const;
/** A probe measures as many steps, and more while they are short: other programs come and go within seconds. */
const LEAST_STEPS = 3;
const LEAST_SECONDS = 3;
/** Multiply-adds of a forward pass, as a share of a training step's. */
const FORWARD_SHARE = 1 / 3;

/** @param described networks that were described already, for forecasts of many runs */
export async function forecast(
  host: StudioHost,
  request: RunRequest,
  described = new Map<string, NetworkDescription>(),
): Promise<RunForecast> {
  const { spec, card, start } = await resolveRequest(host.studio.context, request);
  const fineTuning = describeFineTuning(spec, start);
  const shape = networkShapeOf(spec);
  const key = JSON.stringify([spec.model.name, shape]);
  const network = described.get(key) ?? describeNetwork(getModel(spec.model.name), shape);
  described.set(key, network);
  const trained = fineTuning?.trainedAtLast;
  const memory = network.memory(spec.batchSize, spec.precision, {
    slots: slotNames(spec.optimizer).length,
    ...(trained !== undefined && { trained }),
  });
  const { lanes } = host.studio.context;
  const kind = await lanes.kindOf(spec.device);
  const deviceMemoryBytes = kind === 'gpu' ? await lanes.memoryBytes(spec.device) : totalmem();
  const neededBytes = Math.round(TENSOR_SHARE[kind] * memory.totalBytes) + RUNTIME_BYTES[kind];
  const diskFreeBytes = await freeBytesAt(host.studio.paths.dataDir);
  const pictures = Object.values(card.splits).reduce((sum, split) => sum + (split?.count ?? 0), 0);
  const { classNames, classIds, ...settings } = spec;
  const parts = {
    checkpointBytes: checkpointBytes(spec, network, trained),
    checkpointsKept: BEST_AND_LAST + spec.keepEpochs.filter((epoch) => epoch <= spec.epochs).length,
    cacheBytes: pictures * packedChannelsOf(spec.preprocessing) * spec.preprocessing.size ** 2,
  };
  return {
    spec: settings,
    learnable: network.learnable,
    multiplyAdds: network.multiplyAdds,
    layers: network.layers.length,
    memory,
    neededBytes,
    deviceMemoryBytes,
    fits:
      deviceMemoryBytes === null
        ? 'unknown'
        : neededBytes > deviceMemoryBytes
          ? 'no'
          : neededBytes > TIGHT * deviceMemoryBytes
            ? 'tight'
            : 'yes',
    ...stepsOf(spec, card),
    disk: parts,
    diskNeededBytes: (parts.checkpointsKept + BEING_WRITTEN) * parts.checkpointBytes + parts.cacheBytes,
    diskFreeBytes,
    hints: hintsOf(spec, card),
    fineTuning: fineTuning && { summary: fineTuning.summary, notes: fineTuning.notes },
  };
}

/** Batch that the default learning rate suits. */
const USUAL_BATCH = 64;
const UNBALANCED = 10;

function hintsOf(spec: RunSpec, card: DatasetCard): string[] {
  const hints: string[] = [];
  if (spec.batchSize >= 4 * USUAL_BATCH)
    hints.push(
      `With batch ${spec.batchSize} a learning rate ${spec.batchSize / USUAL_BATCH} times that ` +
        `of batch ${USUAL_BATCH} is usual (linear scaling), with warm-up.`,
    );
  hints.push(...unusualSettings(spec));
  const perClass = (card.splits.train?.perClass ?? []).filter((count) => count > 0);
  const [fewest, most] = [Math.min(...perClass), Math.max(...perClass)];
  if (perClass.length > 1 && most >= UNBALANCED * fewest)
    hints.push(
      `The classes are unbalanced: ${fewest} to ${most} training images per class. Class ` +
        'weights make the rare ones count.',
    );
  hints.push(...startWarnings(spec, card));
  if (card.quarantined > 0)
    hints.push(`${card.quarantined} images of the data set could not be read and are left out.`);
  return hints;
}

/** Far above what anybody trains with; Adam and its kin take a tenth of the others' at most. */
const HIGH_LR = { sgd: 5, others: 0.1 } as const;
const NARROW = 0.05;

/** What is allowed and hardly meant. */
function unusualSettings({ lr, optimizer, warmUp, epochs, model, keepEpochs }: RunSpec): string[] {
  const hints: string[] = [];
  const high = optimizer.kind === 'sgd' ? HIGH_LR.sgd : HIGH_LR.others;
  if (lr > high)
    hints.push(`A learning rate of ${lr} is unusually high for ${optimizer.kind}: expect the loss to diverge.`);
  if (warmUp && 'epochs' in warmUp && warmUp.epochs >= epochs)
    hints.push(`The warm-up of ${warmUp.epochs} epochs is as long as the run or longer: the learning rate only rises.`);
  const width = model.options.widthFactor ?? 1;
  if (width < NARROW) hints.push(`A width factor of ${width} leaves most layers one filter.`);
  const late = keepEpochs.filter((epoch) => epoch > epochs);
  if (late.length > 0) hints.push(`There is no epoch ${late.join(', ')} to keep: the run has ${epochs}.`);
  return hints;
}

/** Several runs together; their time is told in terms of the first's, which a probe can measure. */
export async function forecastMany(
  host: StudioHost,
  { requests }: { readonly requests: readonly RunRequest[] },
): Promise<ManyRunsForecast> {
  const each: RunForecast[] = [];
  const described = new Map<string, NetworkDescription>();
  for (const request of requests) each.push(await forecast(host, request, described));
  const work = each.map(({ totalSteps, multiplyAdds, spec }) => totalSteps * spec.batchSize * multiplyAdds);
  const largest = each.reduce((most, one) => (one.memory.totalBytes > most.memory.totalBytes ? one : most));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    totalSteps: sum(each.map(({ totalSteps }) => totalSteps)),
    timesTheFirst: sum(work) / Math.max(1, work[0] ?? 1),
    largest: {
      model: largest.spec.model.name,
      batchSize: largest.spec.batchSize,
      size: largest.spec.preprocessing.size,
      memoryBytes: largest.neededBytes,
      fits: largest.fits,
    },
    // one packed copy of the pictures serves all that see them alike
    diskNeededBytes:
      sum(each.map(({ disk }) => disk.checkpointBytes * disk.checkpointsKept)) +
      BEING_WRITTEN * Math.max(...each.map(({ disk }) => disk.checkpointBytes)) +
      Math.max(...each.map(({ disk }) => disk.cacheBytes)),
    diskFreeBytes: largest.diskFreeBytes,
  };
}

export async function startProbe(host: StudioHost, input: RunRequest): Promise<{ jobId: string }> {
  const { spec, card } = await resolveRequest(host.studio.context, input);
  const shape = networkShapeOf(spec);
  const network = describeNetwork(getModel(spec.model.name), shape);
  return {
    jobId: host.jobs.start({
      kind: probeJob,
      title: `Measure ${spec.model.name}`,
      turn: await computeTurn(host.studio.context, [spec.device]),
      async run(work) {
        await host.studio.engine.ensure(spec.device, { signal: work.signal });
        const result = await host.studio.bench.run(
          {
            model: spec.model.name,
            ...shape,
            batchSize: spec.batchSize,
            precision: spec.precision,
            mode: 'train',
            device: spec.device,
            steps: 1,
            rounds: LEAST_STEPS,
            leastSeconds: LEAST_SECONDS,
          },
          work,
        );
        const stepSeconds = (imagesPerSec: number): number => spec.batchSize / imagesPerSec;
        const steps = stepsOf(spec, card);
        const validated = spec.epochs * Math.min(card.splits.val?.count ?? 0, spec.limit.val ?? Infinity);
        const fixedSeconds = AROUND_STEPS.seconds + result.firstStepSeconds;
        const ofSteps = steps.totalSteps + (validated / spec.batchSize) * FORWARD_SHARE;
        const secondsAt = (imagesPerSec: number): number => fixedSeconds + ofSteps * stepSeconds(imagesPerSec);
        return {
          report: {
            device: result.device,
            imagesPerSec: result.median,
            stepMs: 1000 * stepSeconds(result.median),
            firstStepSeconds: result.firstStepSeconds,
            peakRssBytes: result.peakRssBytes,
            ...steps,
            fixedSeconds,
            secondsToFinish: secondsAt(result.median),
            secondsRange: {
              least: secondsAt(Math.max(...result.rounds)),
              most: secondsAt(Math.min(...result.rounds)),
            },
            cpuSecondsToFinish:
              AROUND_STEPS.cpuSeconds + result.cpuSeconds.firstStep + ofSteps * result.cpuSeconds.step,
            checkpointBytes: checkpointBytes(spec, network),
          },
        };
      },
    }),
  };
}
