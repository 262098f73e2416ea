/** Data sets as the screens show them. */
import { z } from 'zod';
import { ValueRange } from '../../valueRange.ts';
import { ColumnQuestion, DatasetCard, LayoutName, Quarantined, Split, SplitCard } from '../../dataset.ts';

/** What an import would find, without decoding every picture. */
export const DatasetPreview = z.object({
  /** Absolute, for reading; calls name folders by `FileRef`. */
  root: z.string(),
  layout: LayoutName,
  /** What was recognized, in words. */
  description: z.string(),
  classIds: z.array(z.string()),
  classNames: z.array(z.string()),
  splits: z.partialRecord(Split, SplitCard),
  splitRule: z.string(),
  /** Which splits the data set brings itself: nothing is drawn for them. */
  brought: z.object({ val: z.boolean(), test: z.boolean() }),
  notes: z.array(z.string()),
  /** The columns of the first list; null where there is none. */
  list: ColumnQuestion.nullable(),
  /** Classes that are called like a split, and may be meant as one. */
  splitNamed: z.array(z.string()),
  /** Known without opening pictures, and those among the sampled ones that cannot be decoded; the first 200. */
  problems: z.array(Quarantined),
  problemCount: z.int(),
  /** Pictures spread over the whole set that were decoded to see whether they can be. */
  sampled: z.object({
    decoded: z.int(),
    failed: z.int(),
    /** The size of more than half of them, and how many have another one. Pixels. */
    commonSize: z.object({ width: z.int(), height: z.int() }).nullable(),
    otherSizes: z.int(),
    grayOnly: z.boolean(),
  }),
  /** Some of the sampled images, of as many classes as can be, as data URLs. */
  samples: z.array(z.object({ image: z.string(), label: z.int() })),
  /**
   * Of the sampled images, those whose samples are wider than a byte; null where there are none. `looks`: some of them
   * by each rule, as data URLs, so that a range can be chosen by eye.
   */
  wide: z
    .object({
      count: z.int(),
      looks: z.array(
        z.object({ rule: z.enum(['data', 'percentiles']), range: ValueRange, images: z.array(z.string()) }),
      ),
    })
    .nullable(),
});
export type DatasetPreview = z.infer<typeof DatasetPreview>;

/** The card with what a list shows beside it. */
export const DatasetRow = DatasetCard.extend({
  runs: z.int(),
  /**
   * Pictures left out since the import, because a decoder died of them or hung at them; `quarantined` are those that
   * the import found.
   */
  refused: z.int(),
  /** Index and packed caches inside Quorum's folder. */
  diskBytes: z.number(),
  /** Some training pictures, as addresses. */
  samples: z.array(z.string()),
  trashedAt: z.string().nullable(),
});
export type DatasetRow = z.infer<typeof DatasetRow>;

export const DatasetImage = z.object({
  split: Split,
  /** Place within its split; with data set and split the picture's id. */
  index: z.int(),
  /** Relative to the data set's root, or `file.bin#17`. */
  path: z.string(),
  /** Class index; −1 without one. */
  label: z.int(),
  width: z.int(),
  height: z.int(),
  /** Address of a thumbnail 128 pixels high and wide at most; `?size=` 32 … 512 asks for another size. */
  thumbnail: z.string(),
  /** Address of the picture itself, encoded anew, at most 2048 pixels a side. */
  full: z.string(),
});
export type DatasetImage = z.infer<typeof DatasetImage>;

export const HistogramBin = z.object({ label: z.string(), low: z.number(), high: z.number(), count: z.int() });
export type HistogramBin = z.infer<typeof HistogramBin>;

export const DatasetStatistics = z.object({
  splits: z.array(z.object({ split: Split, count: z.int(), labelled: z.boolean(), perClass: z.array(z.int()) })),
  /** The twenty most frequent picture sizes, most frequent first. */
  sizes: z.array(z.object({ width: z.int(), height: z.int(), count: z.int() })),
  otherSizes: z.int(),
  aspectRatios: z.array(HistogramBin),
  /** Of the picture files; empty for record files. Bytes. */
  fileSizes: z.array(HistogramBin),
  channelMean: z.array(z.number()),
  channelStd: z.array(z.number()),
  quarantined: z.int(),
  /** Findings in words, duplicates across splits among them. */
  notes: z.array(z.string()),
});
export type DatasetStatistics = z.infer<typeof DatasetStatistics>;
