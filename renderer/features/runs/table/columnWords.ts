import { METRIC } from '../../../../contract/metrics.ts';
/** What a metric or a setting is called at the head of a column; its path in the contract is in the hint. */
const METRICS: Readonly<Record<string, string>> = {
  [METRIC.valTop1]: 'Val top-1, %',
  [METRIC.valTop5]: 'Val top-5, %',
  [METRIC.valLoss]: 'Val loss',
  [METRIC.trainTop1]: 'Train top-1, %',
  'train/top5': 'Train top-5, %',
  [METRIC.trainLoss]: 'Train loss',
  lr: 'Last LR',
  [METRIC.batchLoss]: 'Batch loss',
  [METRIC.imagesPerSec]: 'Images/s',
  [METRIC.dataWait]: 'Waiting for data, share',
};
const SETTINGS: Readonly<Record<string, string>> = { lr: 'LR', 'preprocessing.size': 'Input size' };

/** Accuracies are shares of one, and shown in per cent. */
export const isShare = (metric: string): boolean => /top\d/.test(metric);

export const metricTitle = (name: string): string => METRICS[name] ?? (isShare(name) ? `${name}, %` : name);

/** `model.options.widthFactor` is "Width factor", `optimizer.kind` "Optimizer". */
export function settingTitle(path: string): string {
  const parts = path.split('.').filter((part) => part !== 'kind');
  const words = (parts.at(-1) ?? path).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return SETTINGS[path] ?? words.charAt(0).toUpperCase() + words.slice(1);
}
