/**
 * What the reader thread is asked, and what it answers: everything that would hold up the host by its size, or by
 * starting a program, which takes tens of milliseconds.
 */
import type { DuplicateSummary } from '../../../contract/api/datasets/datasetChanges.ts';
import type { DatasetPreview, DatasetStatistics } from '../../../contract/api/datasets/datasetTypes.ts';
import type { VoteFilter, VoteReport, VoteRow } from '../../../contract/api/ensembles.ts';
import type { EvaluationSummary } from '../../../contract/api/evaluations.ts';
import type {
  ClassReport,
  ConfusionReport,
  PredictedImage,
  PredictionFilter,
  StoredFigures,
} from '../../../contract/api/datasets/imageFigures.ts';
import type {
  DatasetCard,
  DuplicateGroup,
  LayoutName,
  ListChoices,
  NestedRule,
  Quarantined,
  Split,
  SplitFractions,
  SplitNamedRule,
} from '../../../contract/dataset.ts';
import type { EngineStatus } from '../../../contract/engine.ts';
import type { ErrorReport } from '../../../contract/errors.ts';
import type { ValueRangeRule } from '../../../contract/valueRange.ts';
import type { VotingRule } from '../../../contract/voting.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import type { TrainedPicture } from '../../data/batches/inputView.ts';
import type { SeriesRequest } from '../../db/seriesReader.ts';
import type { ExportOptions } from '../../evaluate/exportPredictions.ts';
import type { WrittenCsv } from '../../evaluate/predictionsSidecar.ts';
import type { GpuFinding, GpuLoad } from '../../provision/gpu.ts';
import type { EvaluationComparison } from '../results/compareEvaluations.ts';

export interface Page {
  readonly offset: number;
  readonly limit: number;
}
/** Without what the host adds: addresses. */
export interface FoundImage {
  readonly index: number;
  readonly path: string;
  readonly label: number;
  readonly width: number;
  readonly height: number;
}
export type FoundPrediction = Omit<PredictedImage, 'thumbnail' | 'full'>;
export type FoundVote = Omit<VoteRow, 'thumbnail' | 'full'>;
export type VoteFigures = Omit<VoteReport, 'ruleInWords' | 'protocol' | 'members'> & {
  members: Omit<VoteReport['members'][number], 'predictionId' | 'memberId' | 'kind' | 'name' | 'label'>[];
};

export type EvaluationFigures = Pick<EvaluationSummary, keyof StoredFigures | 'withoutDuplicates' | 'labelOrder'>;
/** Null where nobody has compared this state of the data set. */
export type FoundDuplicates = {
  report: Omit<DuplicateSummary, 'total'>;
  total: number;
  groups: readonly DuplicateGroup[];
} | null;

export interface VoteOf {
  readonly directories: readonly string[];
  readonly rule: VotingRule;
}

/** Name of a request: what it takes and what it gives. */
export interface ReaderRequests {
  /** `scratch`: where an archive is unpacked; whoever asks removes it. */
  inspect: {
    takes: {
      path: string;
      scratch: string;
      layout: LayoutName | 'auto';
      nested?: NestedRule | undefined;
      splitNamed?: SplitNamedRule | undefined;
      list?: ListChoices | undefined;
      valueRange?: ValueRangeRule | undefined;
      fractions: SplitFractions;
      allowedRoots?: string[] | undefined;
    };
    gives: DatasetPreview;
  };
  datasetImages: {
    takes: {
      directory: string;
      split: Split;
      classIndex?: number;
      search?: string;
      shuffle?: number;
      classNames: readonly string[];
    } & Page;
    gives: { images: FoundImage[]; total: number };
  };
  datasetStatistics: { takes: { directory: string; card: DatasetCard }; gives: DatasetStatistics };
  quarantine: { takes: { directory: string } & Page; gives: { pictures: Quarantined[]; total: number } };
  /** Paths of pictures of a split by place; null where there is none. */
  datasetPaths: {
    takes: { directory: string; split: Split; indices: readonly number[] };
    gives: { kind: 'files' | 'records'; paths: (string | null)[]; labels: number[] };
  };
  /** Pictures that training draws from, by place in the import or evenly spread; null for those that are left out. */
  trainedPictures: {
    takes: { directory: string; root: string; split: Split; classIds: readonly string[] } & (
      { places: readonly number[] } | { spread: number }
    );
    gives: { kind: 'files' | 'records'; pictures: ((TrainedPicture & { place: number }) | null)[] };
  };
  /** JSON of `RunSeries[]`: the host passes on the text and need not walk through a hundred thousand numbers. */
  series: { takes: SeriesRequest & { database: string }; gives: string };
  engineStatus: { takes: { verify: boolean }; gives: EngineStatus };
  gpus: { takes: Record<string, never>; gives: GpuFinding };
  gpuLoads: { takes: Record<string, never>; gives: GpuLoad[] };
  predictionImages: {
    takes: { directory: string; filter: PredictionFilter } & Page;
    gives: { images: FoundPrediction[]; total: number };
  };
  predictionPath: { takes: { directory: string; index: number }; gives: string | null };
  confusion: { takes: VoteOf & { pairs: number }; gives: ConfusionReport };
  classes: { takes: { directory: string }; gives: ClassReport };
  voteFigures: { takes: VoteOf; gives: VoteFigures };
  voteRows: { takes: VoteOf & { filter: VoteFilter } & Page; gives: { rows: FoundVote[]; total: number } };
  evaluationFigures: { takes: { evaluation: Evaluation; dataDir: string }; gives: EvaluationFigures };
  compare: { takes: { first: Evaluation; second: Evaluation }; gives: EvaluationComparison };
  duplicates: { takes: { directory: string; acrossOnly: boolean } & Page; gives: FoundDuplicates };
  export: { takes: VoteOf & Omit<ExportOptions, 'members' | 'result' | 'onProgress' | 'signal'>; gives: WrittenCsv };
}

export type ReaderRequest = {
  [Name in keyof ReaderRequests]: {
    readonly id: number;
    readonly name: Name;
    readonly input: ReaderRequests[Name]['takes'];
  };
}[keyof ReaderRequests];
export type ReaderReply =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: ErrorReport | null; readonly message: string };
/** One for each request. */
export type ReaderHandlers = {
  [Name in keyof ReaderRequests]: (
    input: ReaderRequests[Name]['takes'],
  ) => ReaderRequests[Name]['gives'] | Promise<ReaderRequests[Name]['gives']>;
};
