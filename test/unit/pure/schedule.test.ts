import { describe, expect, it } from 'vitest';
import { Schedule } from '../../../contract/recipe.ts';
import { afterEpoch, NO_PLATEAU } from '../../../core/train/plateau.ts';
import { lrAt, lrCurve, momentumAt } from '../../../pure/schedule.ts';
import goldens from '../../fixtures/models/recipes-goldens.json' with { type: 'json' };

const off = (value: number, expected: number) => Math.abs(value - expected) / Math.max(Math.abs(expected), 1e-12);

describe('schedules give the learning rates of PyTorch', () => {
  it.each(goldens.schedules.map((g) => ({ ...g, title: `${g.schedule.kind}${g.warmUp ? ' with warm-up' : ''}` })))(
    '$title',
    (g) => {
      const schedule = Schedule.parse(g.schedule);
      const span = { stepsPerEpoch: g.stepsPerEpoch, epochs: g.epochs, warmUp: g.warmUp };
      g.lrs.forEach((expected, step) =>
        expect(off(lrAt(schedule, g.lr, step, span), expected), `step ${step}`).toBeLessThan(1e-8),
      );
    },
  );

  it('one cycle with momentum: rates and momenta', () => {
    const { schedule: raw, lr, lrs, momenta, ...span } = goldens.momenta;
    const schedule = Schedule.parse(raw);
    momenta.forEach((expected, step) => {
      expect(off(momentumAt(schedule, step, span) ?? NaN, expected), `step ${step}`).toBeLessThan(1e-8);
      expect(off(lrAt(schedule, lr, step, span), lrs[step] ?? NaN), `rate of step ${step}`).toBeLessThan(1e-8);
    });
    expect(momentumAt(Schedule.parse({ kind: 'oneCycle' }), 3, span)).toBeNull();
  });

  it('plateau, epoch by epoch', () => {
    const schedule = Schedule.parse(goldens.plateau.schedule);
    const { lr, lrs, values } = goldens.plateau;
    let state = NO_PLATEAU;
    lrs.forEach((expected, epoch) => {
      expect(
        off(lrAt(schedule, lr, epoch, { stepsPerEpoch: 1, epochs: lrs.length }, state.factor), expected),
        `epoch ${epoch}`,
      ).toBeLessThan(1e-8);
      state = afterEpoch(state, schedule, values[epoch] ?? NaN);
    });
  });
});

describe('plateau', () => {
  it('watches an accuracy upwards, and counts what is no number as no improvement', () => {
    const schedule = Schedule.parse({ kind: 'plateau', metric: 'val/top1', patience: 0, factor: 0.5, threshold: 0.01 });
    const seen = [0.5, 0.504, 0.6, NaN].reduce<(typeof NO_PLATEAU)[]>(
      (all, value) => [...all, afterEpoch(all.at(-1) ?? NO_PLATEAU, schedule, value)],
      [],
    );
    expect(seen.map((s) => s.factor)).toEqual([1, 0.5, 0.5, 0.25]);
    expect(seen.at(-1)?.best).toBe(0.6);
  });

  it('other schedules keep no memory', () => expect(afterEpoch(NO_PLATEAU, { kind: 'constant' }, 1)).toBe(NO_PLATEAU));
});

describe('lrCurve', () => {
  it('holds first and last step and the end of the warm-up, in order, and no more points than asked for', () => {
    const span = { stepsPerEpoch: 1563, epochs: 120, warmUp: { epochs: 5, startFactor: 0.1 } };
    const curve = lrCurve({ kind: 'cosine', finalFactor: 0 }, 0.1, span, 200);
    expect(curve.length).toBeLessThanOrEqual(202);
    expect([curve[0]?.step, curve.at(-1)?.step]).toEqual([0, 1563 * 120 - 1]);
    expect(curve.find((p) => p.step === 7815)?.lr).toBe(0.1);
    expect(curve.map((p) => p.step)).toEqual(curve.map((p) => p.step).toSorted((a, b) => a - b));
  });

  it('is as short for a run of any length, which is drawn while others wait', () => {
    const span = { stepsPerEpoch: 1e9, epochs: 1e5, warmUp: { steps: 1e6, startFactor: 0.1 } };
    for (const schedule of [
      Schedule.parse({ kind: 'milestones', epochs: [1, 2], gamma: 0.1 }),
      Schedule.parse({ kind: 'step', everyEpochs: 1 }),
      Schedule.parse({ kind: 'oneCycle' }),
    ])
      expect(lrCurve(schedule, 0.1, span).length).toBeLessThanOrEqual(403);
  });

  it('a short run is drawn step by step', () =>
    expect(lrCurve({ kind: 'constant' }, 0.1, { stepsPerEpoch: 3, epochs: 2 }).map((p) => p.step)).toEqual([
      0, 1, 2, 3, 4, 5,
    ]));

  it('a warm-up as long as the run rises to its end', () => {
    const span = { stepsPerEpoch: 2, epochs: 2, warmUp: { epochs: 9, startFactor: 0 } };
    expect([0, 1, 2, 3].map((step) => lrAt({ kind: 'cosine', finalFactor: 0 }, 1, step, span))).toEqual([
      0, 0.25, 0.5, 0.75,
    ]);
  });
});
