/**
 * Which value of a sample becomes black, and which white, for images whose samples are wider than a byte: floating
 * point, signed, 32 bits, 12 bits saved in 16.
 */
import { z } from 'zod';

const LOW_AND_HIGH = { low: z.number(), high: z.number() };
const ascending = ({ low, high }: { low: number; high: number }): boolean => high > low;
const ERROR = 'the upper value must be above the lower one';

/** A value v becomes the byte 255 (v − low) / (high − low), rounded; values outside become 0 or 255. */
export const ValueRange = z.object(LOW_AND_HIGH).refine(ascending, ERROR);
export type ValueRange = z.infer<typeof ValueRange>;

/**
 * Where a range comes from: `data`: the least and the greatest value of the training images; `percentiles`: their 0.5th
 * and 99.5th percentile, so that a few stray values do not decide; or two values.
 */
export const ValueRangeRule = z.union([z.enum(['data', 'percentiles']), ValueRange]);
export type ValueRangeRule = z.infer<typeof ValueRangeRule>;

/** Shares of the values that lie below the two ends of a range by percentiles. */
export const PERCENTILES = [0.005, 0.995] as const;
