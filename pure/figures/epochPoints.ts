/** From the recorded points of a run to the points of its curves. */
import { METRIC, type MetricPoint } from '../../contract/metrics.ts';
import type { CurvePoint } from './curve.ts';

const CURVES: Readonly<Record<string, Exclude<keyof CurvePoint, 'epoch'>>> = {
  [METRIC.trainLoss]: 'trainLoss',
  [METRIC.valLoss]: 'valLoss',
  [METRIC.trainTop1]: 'trainTop1',
  [METRIC.valTop1]: 'valTop1',
};

/** In order of their epochs; other metrics are left out. */
export function epochPoints(metrics: readonly MetricPoint[]): CurvePoint[] {
  const byEpoch = new Map<number, CurvePoint>();
  for (const { name, epoch, value } of metrics) {
    const curve = CURVES[name];
    if (curve) byEpoch.set(epoch, { ...(byEpoch.get(epoch) ?? { epoch }), [curve]: value });
  }
  return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
}
