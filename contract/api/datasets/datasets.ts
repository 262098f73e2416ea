/** Data sets: look before importing, import, browse, check, remove. */
import { z } from 'zod';
import { DatasetCard, DatasetCheck, ImportOptions, Quarantined, Split, SplitFractions } from '../../dataset.ts';
import { PreprocessingRequest } from '../../inputSpec.ts';
import { Augmentation } from '../../recipe.ts';
import { DatasetImage, DatasetPreview, DatasetRow, DatasetStatistics } from './datasetTypes.ts';
import { FileRef, Id, jobKind, JobStarted, PageRequest, procedure, Removed } from '../procedure.ts';

/** A folder of the user, or one of the sample data sets that come with Quorum. */
export const DatasetSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), folder: FileRef }),
  z.object({ kind: z.literal('sample'), sample: z.string() }),
]);
export type DatasetSource = z.infer<typeof DatasetSource>;

export const SampleDataset = z.object({
  name: z.string(),
  title: z.string(),
  license: z.string(),
  pictures: z.int(),
  importedAs: z.string().nullable(),
});
export type SampleDataset = z.infer<typeof SampleDataset>;

const byDataset = z.object({ dataset: Id });

export const inspectJob = jobKind('inspect', { preview: DatasetPreview });
export const importJob = jobKind('import', { datasetId: z.string() });
export const checkJob = jobKind('check', { datasetId: z.string(), report: DatasetCheck });

export const datasetsContract = {
  /** Newest first; entries that cannot be read are named and hide no other. */
  list: procedure.input(z.object({ trashed: z.boolean().default(false) }).prefault({})).output(
    z.object({
      datasets: z.array(DatasetRow),
      damaged: z.array(z.object({ id: z.string(), name: z.string(), problem: z.string() })),
    }),
  ),
  show: procedure.input(byDataset).output(DatasetRow),
  samples: procedure.output(z.array(SampleDataset)),
  /** Job: `inspectJob`. */
  inspect: procedure
    .input(
      z.object({
        source: DatasetSource,
        layout: ImportOptions.shape.layout,
        nested: ImportOptions.shape.nested,
        splitNamed: ImportOptions.shape.splitNamed,
        list: ImportOptions.shape.list,
        valueRange: ImportOptions.shape.valueRange,
        fractions: SplitFractions.prefault({}),
      }),
    )
    .output(JobStarted),
  /** Job: `importJob`. */
  import: procedure
    .input(
      z.object({
        source: DatasetSource,
        name: ImportOptions.shape.name,
        layout: ImportOptions.shape.layout,
        nested: ImportOptions.shape.nested,
        splitNamed: ImportOptions.shape.splitNamed,
        list: ImportOptions.shape.list,
        valueRange: ImportOptions.shape.valueRange,
        fractions: SplitFractions.prefault({}),
      }),
    )
    .output(JobStarted),
  rename: procedure.input(z.object({ dataset: Id, name: z.string().min(1).max(120) })).output(DatasetCard),
  /** What a class is called here: its id, the files and runs made before stay as they are. */
  renameClass: procedure
    .input(z.object({ dataset: Id, classIndex: z.int().min(0), name: z.string().trim().min(1).max(120) }))
    .output(DatasetCard),
  /** Compares with the user's files. Job: `checkJob`. */
  check: procedure.input(byDataset).output(JobStarted),
  /**
   * Into the trash; `restore` takes it out again, `delete` removes Quorum's copy for good and never the user's
   * pictures.
   */
  remove: procedure.input(byDataset).output(Removed),
  restore: procedure.input(byDataset).output(Removed),
  delete: procedure.input(byDataset).output(Removed),
  images: procedure
    .input(
      z.object({
        dataset: Id,
        split: Split,
        /** Class index; −1 means those without a class. */
        classIndex: z.int().min(-1).optional(),
        /** Part of the path or of the class name; upper and lower case count as the same. */
        search: z.string().max(200).optional(),
        /** Deals them in an order of its own, the same for the same number; left out: as they lie. */
        shuffle: z.int().min(0).optional(),
        ...PageRequest.shape,
      }),
    )
    .output(z.object({ images: z.array(DatasetImage), total: z.int() })),
  statistics: procedure.input(byDataset).output(DatasetStatistics),
  quarantine: procedure
    .input(z.object({ dataset: Id, ...PageRequest.shape }))
    .output(z.object({ pictures: z.array(Quarantined), total: z.int() })),
  /**
   * Pictures as a network would see them in training: resized, cropped, mirrored by the same code; `epoch` changes what
   * augmentation draws.
   */
  previewInput: procedure
    .input(
      z.object({
        dataset: Id,
        split: Split.default('train'),
        preprocessing: PreprocessingRequest.prefault({}),
        augmentation: Augmentation.prefault({}),
        model: z.string().optional(),
        seed: z.int().min(0).default(0),
        epoch: z.int().min(0).default(0),
        count: z.int().min(1).max(64).default(16),
      }),
    )
    .output(
      z.object({
        size: z.int(),
        images: z.array(z.object({ path: z.string(), label: z.int(), original: z.string(), seen: z.string() })),
      }),
    ),
};
