/** The kept report on duplicates, a page at a time. */
import { readDuplicates } from '../../data/import/findDuplicates.ts';
import type { ReaderHandlers } from './requests.ts';

export const duplicates: ReaderHandlers['duplicates'] = async ({ directory, acrossOnly, offset, limit }) => {
  const report = await readDuplicates(directory);
  if (!report) return null;
  const { createdAt, compared, plain, groups, leaked } = report;
  const shown = acrossOnly ? groups.filter((group) => group.acrossSplits) : groups;
  const count = (split: 'val' | 'test'): number => new Set([...leaked[split].exact, ...leaked[split].near]).size;
  return {
    report: {
      createdAt,
      compared,
      plain,
      acrossSplits: groups.filter((group) => group.acrossSplits).length,
      differentLabels: groups.filter((group) => group.differentLabels).length,
      leaked: { val: count('val'), test: count('test') },
    },
    total: shown.length,
    groups: shown.slice(offset, offset + limit),
  };
};
