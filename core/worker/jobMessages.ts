/** Messages between a host and its job process: one job a process, plain JSON both ways. */
import { z } from 'zod';
import { ImportOptions, Split } from '../../contract/dataset.ts';
import { ErrorReport } from '../../contract/errors.ts';
import { ExportFormat, ExportOrigin, PixelType } from '../../contract/exportCard.ts';
import { LabelList, Protocol, ProtocolInput, ResolvedProtocol } from '../../contract/protocol.ts';
import { DeviceReport, TrainEvent } from '../../contract/run.ts';
import { DeviceChoice, ModelOptions, ModelSpec, Precision, RunSpec } from '../../contract/runSpec.ts';

/** Environment variable of a job process: how far it gives way to other programs, as `os.setPriority` takes it. */
export const PRIORITY_VARIABLE = 'QUORUM_JOB_PRIORITY';

/** A weight file that a run starts from. */
export const InitialFile = z.object({ path: z.string(), entry: z.string().optional() });
export type InitialFile = z.infer<typeof InitialFile>;

export const TrainJob = z.object({
  kind: z.literal('train'),
  runId: z.string(),
  spec: RunSpec,
  runDir: z.string(),
  datasetDir: z.string(),
  /** Continue from this checkpoint folder. */
  resumeFrom: z.string().nullable(),
  /** Where a run that starts from weights finds them; null where it starts from its seed or from a checkpoint. */
  initial: InitialFile.nullable(),
  /** How much the process may grow from one epoch to another before it is replaced; the usual limits where left out. */
  growth: z.object({ tensors: z.int(), rssBytes: z.number() }).partial().prefault({}),
});
export type TrainJob = z.infer<typeof TrainJob>;

/** Decodes files one after another, saying which comes next: whoever finds the process dead knows at which. */
export const ProbePicturesJob = z.object({ kind: z.literal('probePictures'), paths: z.array(z.string()) });
export type ProbePicturesJob = z.infer<typeof ProbePicturesJob>;

/** Two steps of `spec` on made-up pictures, to see whether they fit into memory: result `{ peakRssBytes }`, or `run.outOfMemory`. */
export const ProbeBatchJob = z.object({ kind: z.literal('probeBatch'), spec: RunSpec });
export type ProbeBatchJob = z.infer<typeof ProbeBatchJob>;

export const ProbeBatchResult = z.object({ peakRssBytes: z.number() });
export type ProbeBatchResult = z.infer<typeof ProbeBatchResult>;

/** Learning-rate range test: result `LrRangeResult`. */
export const LrRangeJob = z.object({
  kind: z.literal('lrRange'),
  spec: RunSpec,
  datasetDir: z.string(),
  initial: InitialFile.nullable(),
  from: z.number().positive(),
  to: z.number().positive(),
  steps: z.int().min(5).max(10000),
});
export type LrRangeJob = z.infer<typeof LrRangeJob>;

export { LrRangeResult } from '../../contract/lrRange.ts';

/** Writes `probabilities.f32` (`[images, classes]`, little endian) and `predictions.json` into `outputDir`: result `PredictResult`. */
export const PredictJob = z.object({
  kind: z.literal('predict'),
  spec: RunSpec,
  checkpointDir: z.string(),
  batchSize: z.int().min(1),
  device: DeviceChoice,
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('split'), datasetDir: z.string(), split: Split }),
    z.object({ kind: z.literal('folder'), path: z.string() }),
  ]),
  outputDir: z.string(),
});
export type PredictJob = z.infer<typeof PredictJob>;

/** Accuracies are null where no picture has a label. */
export const PredictResult = z.object({
  count: z.int(),
  classes: z.int(),
  top1: z.number().nullable(),
  top5: z.number().nullable(),
  device: DeviceReport,
  imagesPerSec: z.number(),
});
export type PredictResult = z.infer<typeof PredictResult>;

export const BenchJob = z.object({
  kind: z.literal('bench'),
  model: ModelSpec,
  size: z.int(),
  classes: z.int(),
  channels: z.int().default(3),
  batchSize: z.int(),
  precision: Precision,
  mode: z.enum(['train', 'infer']),
  device: DeviceChoice,
  steps: z.int(),
  rounds: z.int(),
});
export type BenchJob = z.infer<typeof BenchJob>;

export const EngineTestJob = z.object({ kind: z.literal('engineTest'), device: DeviceChoice });
export type EngineTestJob = z.infer<typeof EngineTestJob>;

export const ImportJob = z.object({
  kind: z.literal('import'),
  options: ImportOptions,
  id: z.string(),
  datasetDir: z.string(),
});
export type ImportJob = z.infer<typeof ImportJob>;

export const CheckDatasetJob = z.object({ kind: z.literal('checkDataset'), datasetDir: z.string() });
export type CheckDatasetJob = z.infer<typeof CheckDatasetJob>;

/** Keeps its report in the data set's folder: result null. */
export const FindDuplicatesJob = z.object({ kind: z.literal('findDuplicates'), datasetDir: z.string() });
export type FindDuplicatesJob = z.infer<typeof FindDuplicatesJob>;

/** A network's weights: a checkpoint of ours, or any weight file. */
export const WeightsSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('checkpoint'), dir: z.string() }),
  z.object({ kind: z.literal('file'), path: z.string(), entry: z.string().optional() }),
]);
export type WeightsSource = z.infer<typeof WeightsSource>;

/** A network with weights, as it was trained; channels that are left out follow from the colours it is fed. */
export const TrainedNetwork = z.object({
  model: ModelSpec,
  size: z.int().min(1),
  channels: z.int().min(1).optional(),
  classes: z.int().min(1),
  weights: WeightsSource,
});
export type TrainedNetwork = z.infer<typeof TrainedNetwork>;

/** Writes probabilities as `PredictJob` does, for each network and protocol into a folder of its own; every picture is decoded once for all of them. */
export const EvaluateJob = z.object({
  kind: z.literal('evaluate'),
  networks: z
    .array(
      z.object({
        network: TrainedNetwork,
        own: z.object({ input: ProtocolInput.nullable(), labels: LabelList.nullable() }),
        items: z.array(z.object({ protocol: Protocol, outputDir: z.string() })).min(1),
      }),
    )
    .min(1),
  datasetDir: z.string(),
  split: Split,
  limit: z.int().min(1).nullable(),
  batchSize: z.int().min(1),
  precision: Precision,
  device: DeviceChoice,
});
export type EvaluateJob = z.infer<typeof EvaluateJob>;

/** What weights are to fit; classes, channels and size that are left out are the file's and the network's own. */
export const WeightsShape = z.object({
  model: z.string(),
  options: ModelOptions,
  size: z.int().min(1).optional(),
  classes: z.int().min(1).optional(),
  channels: z.int().min(1).optional(),
});
export type WeightsShape = z.infer<typeof WeightsShape>;

export const InspectWeightsJob = z.object({
  kind: z.literal('inspectWeights'),
  path: z.string(),
  entry: z.string().optional(),
  network: WeightsShape.nullable(),
});
export type InspectWeightsJob = z.infer<typeof InspectWeightsJob>;

/** What a run of this network could start from: result `InitialFileFacts`. */
export const InspectInitialJob = z.object({
  kind: z.literal('inspectInitial'),
  path: z.string(),
  entry: z.string().optional(),
  model: ModelSpec,
});
export type InspectInitialJob = z.infer<typeof InspectInitialJob>;

export const InitialFileFacts = z.object({
  sha256: z.string(),
  format: z.string(),
  naming: z.string(),
  size: z.int(),
  channels: z.int(),
  classes: z.int(),
  input: ProtocolInput.nullable(),
  unused: z.array(z.string()),
  notes: z.array(z.string()),
  /** Under our names; shapes that do not fit are the file's own. */
  weights: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })),
});
export type InitialFileFacts = z.infer<typeof InitialFileFacts>;

/** Writes `weights.safetensors` and `card.json` into `outputDir`. */
export const ImportWeightsJob = z.object({
  kind: z.literal('importWeights'),
  path: z.string(),
  entry: z.string().optional(),
  network: WeightsShape,
  id: z.string(),
  name: z.string(),
  outputDir: z.string(),
  input: ProtocolInput.nullable(),
  labels: LabelList.nullable(),
});
export type ImportWeightsJob = z.infer<typeof ImportWeightsJob>;

/** Writes `output` and its card: result `ExportCard`. `origin` is what the host knows of the weights. */
export const ExportWeightsJob = z.object({
  kind: z.literal('exportWeights'),
  network: TrainedNetwork,
  format: ExportFormat,
  output: z.string(),
  overwrite: z.boolean(),
  origin: ExportOrigin,
  exportedBy: z.string(),
  /** Of an exported network, pixels; null: as trained. */
  size: z.int().min(1).nullable(),
  /** Null: what the format's users feed. */
  pixels: PixelType.nullable(),
  /** Layers that become outputs of an ONNX program. */
  features: z.array(z.string()),
});
export type ExportWeightsJob = z.infer<typeof ExportWeightsJob>;

/** `protocol` says how pictures are resized and cropped; its input is what is to be found. */
export const SelfCheckJob = z.object({
  kind: z.literal('selfCheck'),
  network: TrainedNetwork,
  declared: ProtocolInput.nullable(),
  labels: LabelList.nullable(),
  protocol: Protocol,
  datasetDir: z.string(),
  split: Split,
  limit: z.int().min(1),
  batchSize: z.int().min(1),
  device: DeviceChoice,
});
export type SelfCheckJob = z.infer<typeof SelfCheckJob>;

export const TimeJob = z.object({
  kind: z.literal('time'),
  model: ModelSpec,
  size: z.int(),
  channels: z.int(),
  classes: z.int(),
  batchSize: z.int(),
  iterations: z.int().min(1),
  warmUp: z.int().min(0),
  precision: Precision,
  device: DeviceChoice,
});
export type TimeJob = z.infer<typeof TimeJob>;

export const Job = z.discriminatedUnion('kind', [
  TrainJob,
  ProbeBatchJob,
  ProbePicturesJob,
  LrRangeJob,
  PredictJob,
  BenchJob,
  EngineTestJob,
  ImportJob,
  CheckDatasetJob,
  FindDuplicatesJob,
  EvaluateJob,
  InspectWeightsJob,
  InspectInitialJob,
  ImportWeightsJob,
  ExportWeightsJob,
  SelfCheckJob,
  TimeJob,
]);
export type Job = z.infer<typeof Job>;

export const HostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), job: Job }),
  /** Finish the step, save, end. */
  z.object({ type: z.literal('stop') }),
]);
export type HostMessage = z.infer<typeof HostMessage>;

export const BenchResult = z.object({
  framework: z.literal('quorum'),
  version: z.string(),
  model: z.string(),
  size: z.int(),
  batch: z.int(),
  precision: Precision,
  mode: z.enum(['train', 'infer']),
  compile: z.literal(false),
  imagesPerSec: z.number(),
  median: z.number(),
  rounds: z.array(z.number()),
  peakRssBytes: z.number(),
  device: DeviceReport,
  firstStepSeconds: z.number(),
});
export type BenchResult = z.infer<typeof BenchResult>;

export const EngineTestResult = z.object({
  device: DeviceReport,
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});
export type EngineTestResult = z.infer<typeof EngineTestResult>;

/**
 * The protocols as they were used and what came out, in the order of the job's networks and their items. `viewsMs` is what the threads took that decode, resize and crop, `computedMs` what a network took by
 * a protocol, `waitedMs` how long they stood still for want of views: the first two overlap as far as their sum is more than `wallMs`.
 */
export const EvaluateResult = z.object({
  protocols: z.array(ResolvedProtocol),
  notes: z.array(z.string()),
  device: DeviceReport,
  /** Shares and nats are null where no picture has a label. */
  scores: z.array(
    z.object({
      count: z.int(),
      classes: z.int(),
      top1: z.number().nullable(),
      top5: z.number().nullable(),
      loss: z.number().nullable(),
      imagesPerSec: z.number(),
    }),
  ),
  timing: z.object({ wallMs: z.number(), viewsMs: z.number(), waitedMs: z.number(), computedMs: z.array(z.number()) }),
});
export type EvaluateResult = z.infer<typeof EvaluateResult>;

export const WorkerMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    stage: z.string(),
    done: z.number(),
    total: z.number(),
    perSec: z.number(),
    secondsLeft: z.number().nullable(),
  }),
  z.object({ type: z.literal('event'), event: TrainEvent }),
  z.object({ type: z.literal('log'), level: z.enum(['info', 'warn', 'error']), text: z.string() }),
  /** The job's result: `BenchResult`, `EngineTestResult`, `DatasetCard`, a check report, or null. */
  z.object({ type: z.literal('done'), result: z.json() }),
  z.object({ type: z.literal('failed'), error: ErrorReport }),
]);
export type WorkerMessage = z.infer<typeof WorkerMessage>;
