/** `quorum train --lr-range-test`: the loss at rising learning rates, as a table. */
import type { RunRequestInput } from '../contract/runSpec.ts';
import { formatTable } from './format.ts';
import { prepareEngine } from './prepareEngine.ts';
import type { Session } from './session.ts';

const RANGE = { from: 1e-6, to: 3, steps: 100 } as const;
const ROWS = 20;

export async function lrRangeTest(session: Session, request: RunRequestInput): Promise<void> {
  await prepareEngine(session, request.device ?? 'auto');
  const { lrRange } = await import('../core/studio/runs/lrRange.ts');
  const result = await lrRange(session.studio.context, request, RANGE, session.work);
  const stride = Math.max(1, Math.ceil(result.points.length / ROWS));
  const shown = result.points.filter((_, i) => i % stride === 0 || i === result.points.length - 1);
  const advice =
    result.suggested === null || result.usable === null
      ? 'The loss never fell; the network does not learn at any of these rates.'
      : `The loss falls from ${result.usable.from.toPrecision(2)} to ${result.usable.to.toPrecision(2)}, fastest at ` +
        `${result.suggested.toPrecision(2)}: a good peak for one-cycle or cosine.`;
  session.print(
    result,
    `${formatTable(
      ['lr', 'loss', 'smoothed'],
      shown.map((p) => [p.lr.toExponential(1), p.loss.toFixed(4), p.smoothLoss.toFixed(4)]),
      ['lr', 'loss', 'smoothed'],
    )}\n${advice}`,
  );
}
