import { describe, expect, it } from 'vitest';
import {
  classScores,
  confusedPairs,
  confusionMatrix,
  denseConfusion,
  macroScores,
  weightedScores,
} from '../../../core/evaluate/confusion.ts';
import { agreementMatrix, memberGains, oracleAccuracy, ruleWithout } from '../../../core/evaluate/memberMetrics.ts';
import { decisionAccuracy, probabilityMetrics, SMALLEST_PROBABILITY } from '../../../core/evaluate/metrics.ts';
import { rankOfLabel } from '../../../pure/rank.ts';
import { topClass } from '../../../core/evaluate/vote.ts';
import { coarseProbabilities, seeded } from './seeded.ts';

describe('accuracy', () => {
  const probabilities = Float32Array.of(0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 0.3, 0.4, 0.3);

  it('counts labelled images only', () => {
    const metrics = probabilityMetrics(probabilities, [0, -1, 0], 3);
    expect(metrics).toMatchObject({
      images: 3,
      labelled: 2,
      top1: { correct: 1, total: 2, accuracy: 0.5 },
      top5: { correct: 0, accuracy: null },
    });
    expect(metrics.logLoss).toBeCloseTo(-(Math.log(0.7) + Math.log(0.3)) / 2, 6);
    expect(probabilityMetrics(probabilities, [-1, -1, -1], 3)).toMatchObject({
      labelled: 0,
      top1: { accuracy: null, interval: null },
      logLoss: null,
    });
  });

  it('bounds the loss of a probability that underflowed, and says so', () => {
    const metrics = probabilityMetrics(Float32Array.of(1, 0), [1], 2);
    expect(metrics.logLoss).toBeCloseTo(-Math.log(SMALLEST_PROBABILITY), 10);
    expect(metrics.clipped).toBe(1);
  });

  it("top-1 from probabilities equals accuracy of the members' classes, ties included", () => {
    const next = seeded(5);
    for (let round = 0; round < 50; round++) {
      const probabilities = coarseProbabilities(next, 60, 6);
      const labels = Array.from({ length: 60 }, () => Math.floor(next() * 7) - 1);
      expect(probabilityMetrics(probabilities, labels, 6).top1).toEqual(
        decisionAccuracy(topClass(probabilities, 6), labels),
      );
      for (let image = 0; image < 60; image++) {
        const ranks = Array.from({ length: 6 }, (_, c) => rankOfLabel(probabilities, 6, image, c));
        expect([...ranks].sort()).toEqual([0, 1, 2, 3, 4, 5]);
      }
    }
  });

  it('refuses labels that are no class, NaN and unequal lengths', () => {
    expect(() => probabilityMetrics(probabilities, [0, 1, 3], 3)).toThrow(
      expect.objectContaining({ code: 'prediction.classMismatch' }),
    );
    expect(() => probabilityMetrics(probabilities, [0, 1], 3)).toThrow(
      expect.objectContaining({ code: 'prediction.classMismatch' }),
    );
    expect(() => probabilityMetrics(Float32Array.of(NaN, 1), [0], 2)).toThrow(
      expect.objectContaining({ code: 'prediction.invalid' }),
    );
    expect(() => decisionAccuracy([0], [0, 1])).toThrow(expect.objectContaining({ code: 'prediction.classMismatch' }));
  });
});

describe('confusion', () => {
  const labels = [0, 0, 0, 1, 1, 2, -1];
  const decisions = [0, 1, 1, 1, 1, 0, 2];
  const matrix = confusionMatrix(decisions, labels, 4);

  it('counts labelled images by truth and decision', () => {
    expect(matrix.total).toBe(6);
    expect([...denseConfusion(matrix)]).toEqual([1, 2, 0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(confusedPairs(matrix, 9)).toEqual([
      { truth: 0, decision: 1, count: 2 },
      { truth: 2, decision: 0, count: 1 },
    ]);
    expect(confusedPairs(matrix, 1)).toHaveLength(1);
    expect(() => confusionMatrix([4], [0], 4)).toThrow(expect.objectContaining({ code: 'prediction.classMismatch' }));
  });

  it('gives precision, recall and F1, null where undefined', () => {
    const scores = classScores(matrix);
    expect(scores[0]).toMatchObject({ support: 3, decided: 2, precision: 0.5, recall: 1 / 3, f1: 0.4 });
    expect(scores[1]).toMatchObject({ support: 2, decided: 4, precision: 0.5, recall: 1 });
    expect(scores[2]).toMatchObject({ support: 1, decided: 0, precision: null, recall: 0, f1: 0 });
    expect(scores[3]).toMatchObject({ support: 0, decided: 0, precision: null, recall: null, f1: null });
    expect(macroScores(scores).recall).toBeCloseTo((1 / 3 + 1 + 0) / 3, 12);
    expect(macroScores(scores).f1).toBeCloseTo((0.4 + 2 / 3 + 0) / 3, 12);
    expect(macroScores(scores).precision).toBeCloseTo((0.5 + 0.5) / 2, 12);
    // each image counts once: recall weighted so is the accuracy
    expect(weightedScores(scores).recall).toBeCloseTo(3 / 6, 12);
    expect(weightedScores(scores).precision).toBeCloseTo((3 * 0.5 + 2 * 0.5 + 1 * 0) / 6, 12);
    expect(weightedScores(scores).f1).toBeCloseTo((3 * 0.4 + 2 * (2 / 3) + 0) / 6, 12);
    expect(weightedScores(classScores(confusionMatrix([], [], 4)))).toEqual({
      precision: null,
      recall: null,
      f1: null,
    });
  });

  it('stays small for many classes', () => {
    expect(confusionMatrix([999_999], [0], 1_000_000).counts.size).toBe(1);
  });
});

describe('members', () => {
  it('agreement is symmetric, 1 on the diagonal', () => {
    expect(agreementMatrix([Int32Array.of(0, 1, 2, 3), Int32Array.of(0, 1, 0, 0), Int32Array.of(1, 1, 1, 1)])).toEqual([
      [1, 0.5, 0.25],
      [0.5, 1, 0.25],
      [0.25, 0.25, 1],
    ]);
  });

  it('the oracle is right where any member is', () => {
    expect(oracleAccuracy([Int32Array.of(0, 1, 2), Int32Array.of(1, 0, 2)], [1, 2, -1])).toMatchObject({
      correct: 1,
      total: 2,
      accuracy: 0.5,
    });
  });

  it('the gain of a member is the vote with it minus the vote without', () => {
    const good = Float32Array.of(0.9, 0.1, 0.1, 0.9);
    const bad = Float32Array.of(0.1, 0.9, 0.9, 0.1);
    const gains = memberGains([bad, good, good], [0, 1], { classes: 2, rule: { kind: 'majority', fallbackMember: 0 } });
    expect(gains).toEqual([
      { member: 0, without: 1, gain: 0 },
      { member: 1, without: 0, gain: 1 },
      { member: 2, without: 0, gain: 1 },
    ]);
    expect(memberGains([good], [0, 1], { classes: 2, rule: { kind: 'mean' } })).toEqual([
      { member: 0, without: null, gain: null },
    ]);
    expect(memberGains([good, bad], [0, 1], { classes: 2, rule: { kind: 'weighted', weights: [1, 0] } })[0]).toEqual({
      member: 0,
      without: null,
      gain: null,
    });
  });

  it('the rule follows its fallback member when another leaves', () => {
    expect(ruleWithout({ kind: 'majority', fallbackMember: 2 }, 0)).toEqual({ kind: 'majority', fallbackMember: 1 });
    expect(ruleWithout({ kind: 'majority', fallbackMember: 0 }, 2)).toEqual({ kind: 'majority', fallbackMember: 0 });
    expect(ruleWithout({ kind: 'fallback', fallbackMember: 2 }, 2)).toEqual({ kind: 'fallback', fallbackMember: 0 });
    expect(ruleWithout({ kind: 'weighted', weights: [1, 2, 3] }, 1)).toEqual({ kind: 'weighted', weights: [1, 3] });
  });
});
