import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import { DECISIONS, ruleInWords, type Decision, type VotingRule } from '../../../contract/voting.ts';
import { topClass, vote } from '../../../core/evaluate/vote.ts';
import { coarseProbabilities, seeded } from './seeded.ts';

const MAJORITY: VotingRule = { kind: 'majority', fallbackMember: 0 };

/** One image: a member a row. */
function decide(rows: number[][], rule: VotingRule): { decision: number; why: Decision } {
  const result = vote(
    rows.map((row) => Float32Array.from(row)),
    { classes: rows[0]!.length, rule },
  );
  return { decision: result.decision[0]!, why: DECISIONS[result.why[0]!]! };
}

/** The rule read word by word, with no regard for speed. */
function naive(rows: number[][], rule: VotingRule): { decision: number; why: Decision } {
  const argmax = (row: number[]): number => row.indexOf(Math.max(...row));
  const sum = (c: number, weights = rows.map(() => 1)): number =>
    rows.reduce((total, row, member) => total + weights[member]! * row[c]!, 0);
  const own = rows.map(argmax);
  const classes = rows[0]!.map((_, c) => c);
  if (rule.kind === 'fallback') return { decision: own[rule.fallbackMember]!, why: 'fallback' };
  if (rule.kind === 'mean') return { decision: argmax(classes.map((c) => sum(c))), why: 'mean' };
  if (rule.kind === 'weighted') return { decision: argmax(classes.map((c) => sum(c, rule.weights))), why: 'weighted' };
  const distinct = new Set(own);
  if (distinct.size === 1) return { decision: own[0]!, why: 'unanimous' };
  if (distinct.size === own.length) return { decision: own[rule.fallbackMember]!, why: 'allDiffer' };
  const votes = classes.map((c) => own.filter((other) => other === c).length);
  const tied = classes.filter((c) => votes[c] === Math.max(...votes));
  const best = Math.max(...tied.map((c) => sum(c)));
  return { decision: tied.find((c) => sum(c) === best)!, why: tied.length === 1 ? 'majority' : 'tie' };
}

describe('majority', () => {
  it('takes what most members chose', () => {
    expect(
      decide(
        [
          [0.9, 0.1, 0],
          [0.2, 0.8, 0],
          [0.6, 0.4, 0],
        ],
        MAJORITY,
      ),
    ).toEqual({ decision: 0, why: 'majority' });
    expect(
      decide(
        [
          [0.9, 0.1],
          [0.7, 0.3],
        ],
        MAJORITY,
      ),
    ).toEqual({ decision: 0, why: 'unanimous' });
    expect(decide([[0.1, 0.9]], MAJORITY)).toEqual({ decision: 1, why: 'unanimous' });
  });

  it('takes a relative majority as one: 2-1-1-1', () => {
    expect(
      decide(
        [
          [1, 0, 0, 0],
          [0, 1, 0, 0],
          [0, 0, 1, 0],
          [0, 0, 0, 1],
          [0, 0, 1, 0],
        ],
        MAJORITY,
      ),
    ).toEqual({ decision: 2, why: 'majority' });
  });

  it('settles a tie by the probabilities summed over all members, those who voted otherwise included', () => {
    const rows = [
      [0.6, 0.3, 0.1],
      [0.5, 0.4, 0.1],
      [0.3, 0.6, 0.1],
      [0.3, 0.5, 0.2],
      [0, 0.45, 0.55],
    ];
    expect(decide(rows, MAJORITY)).toEqual({ decision: 1, why: 'tie' });
    // The class with the highest sum of all is not among those tied: it must not win.
    expect(
      decide(
        [
          [0.4, 0.2, 0, 0.39],
          [0.4, 0.2, 0, 0.39],
          [0.2, 0.4, 0, 0.39],
          [0.2, 0.4, 0, 0.39],
          [0, 0, 1, 0],
        ],
        MAJORITY,
      ),
    ).toEqual({ decision: 0, why: 'tie' });
  });

  it('lets the fallback member decide where all differ', () => {
    const rows = [
      [0.4, 0.3, 0.3],
      [0.0, 1.0, 0.0],
      [0.1, 0.1, 0.8],
    ];
    for (const [fallbackMember, decision] of [
      [0, 0],
      [1, 1],
      [2, 2],
    ] as const) {
      expect(decide(rows, { kind: 'majority', fallbackMember })).toEqual({ decision, why: 'allDiffer' });
    }
  });

  it('counts every disagreement of two members as all differ', () => {
    expect(
      decide(
        [
          [0.6, 0.4],
          [0.0, 1.0],
        ],
        MAJORITY,
      ),
    ).toEqual({ decision: 0, why: 'allDiffer' });
    expect(
      decide(
        [
          [0.6, 0.4],
          [0.0, 1.0],
        ],
        { kind: 'majority', fallbackMember: 1 },
      ),
    ).toEqual({ decision: 1, why: 'allDiffer' });
  });

  it('gives equal values to the lower class', () => {
    expect(topClass(Float32Array.of(0.2, 0.4, 0.4), 3)).toEqual(Int32Array.of(1));
    expect(
      decide(
        [
          [0, 0, 1],
          [0, 0, 1],
          [0, 1, 0],
          [0, 1, 0],
        ],
        MAJORITY,
      ),
    ).toEqual({ decision: 1, why: 'tie' });
  });
});

it('mean, weighted and fallback can each overrule the majority', () => {
  const rows = [
    [0.51, 0.49, 0],
    [0.51, 0.49, 0],
    [0, 1, 0],
  ];
  expect(decide(rows, MAJORITY)).toEqual({ decision: 0, why: 'majority' });
  expect(decide(rows, { kind: 'mean' })).toEqual({ decision: 1, why: 'mean' });
  expect(decide(rows, { kind: 'weighted', weights: [1, 1, 0] })).toEqual({ decision: 0, why: 'weighted' });
  expect(decide(rows, { kind: 'fallback', fallbackMember: 2 })).toEqual({ decision: 1, why: 'fallback' });
});

it('equals the rule read word by word on 30,000 random images, ties included', () => {
  const next = seeded(7);
  const seen = new Set<Decision>();
  for (let round = 0; round < 300; round++) {
    const members = 1 + Math.floor(next() * 6);
    const classes = 1 + Math.floor(next() * 6);
    const images = 100;
    const fallbackMember = Math.floor(next() * members);
    const rules: VotingRule[] = [
      { kind: 'majority', fallbackMember },
      { kind: 'majority', fallbackMember },
      { kind: 'mean' },
      { kind: 'fallback', fallbackMember },
      {
        kind: 'weighted',
        weights: Array.from({ length: members }, (_, m) => (m === 0 ? 0.5 : Math.floor(next() * 4) / 2)),
      },
    ];
    const rule = rules[round % rules.length]!;
    const probabilities = Array.from({ length: members }, () => coarseProbabilities(next, images, classes));
    const result = vote(probabilities, { classes, rule });
    for (let image = 0; image < images; image++) {
      const rows = probabilities.map((own) => [...own.subarray(image * classes, (image + 1) * classes)]);
      const expected = naive(rows, rule);
      const why = DECISIONS[result.why[image]!]!;
      expect({ decision: result.decision[image], why }, `${JSON.stringify(rule)} on ${JSON.stringify(rows)}`).toEqual(
        expected,
      );
      seen.add(why);
    }
  }
  expect([...seen].sort()).toEqual([...DECISIONS].sort());
});

it('votes block by block as on the whole', () => {
  const next = seeded(3);
  const members = Array.from({ length: 5 }, () => coarseProbabilities(next, 90, 7));
  const whole = vote(members, { classes: 7, rule: MAJORITY });
  const blocks = [0, 30, 60].flatMap((from) => [
    ...vote(
      members.map((own) => own.subarray(from * 7, (from + 30) * 7)),
      { classes: 7, rule: MAJORITY },
    ).decision,
  ]);
  expect(blocks).toEqual([...whole.decision]);
});

it('decides 10,000 images of 200 classes by five networks', () => {
  const next = seeded(1);
  const members = Array.from({ length: 5 }, () => Float32Array.from({ length: 10_000 * 200 }, next));
  const { decision } = vote(members, { classes: 200, rule: MAJORITY });
  expect(decision).toHaveLength(10_000);
  expect(decision.every((one) => one >= 0 && one < 200)).toBe(true);
});

describe('refuses', () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof StudioError) return error.code;
      throw error;
    }
    return 'none';
  };
  const two = [Float32Array.of(0.5, 0.5), Float32Array.of(0.5, 0.5)];

  it.each([NaN, Infinity, -Infinity, -0.1, 1.5])('the value %s in any member and place', (value) => {
    for (const kind of ['majority', 'mean'] as const) {
      const rule: VotingRule = kind === 'mean' ? { kind } : MAJORITY;
      expect(
        code(() =>
          vote([Float32Array.of(0.5, 0.5, 0.5, 0.5), Float32Array.of(0.5, 0.5, value, 0.5)], { classes: 2, rule }),
        ),
      ).toBe('prediction.invalid');
    }
    expect(
      code(() =>
        vote([two[0]!, Float32Array.of(value, 1)], { classes: 2, rule: { kind: 'fallback', fallbackMember: 0 } }),
      ),
    ).toBe('prediction.invalid');
  });

  it('members that do not fit together, and rules that do not fit the members', () => {
    expect(code(() => vote([], { classes: 2, rule: { kind: 'mean' } }))).toBe('ensemble.badMembers');
    expect(code(() => vote([two[0]!, new Float32Array(4)], { classes: 2, rule: { kind: 'mean' } }))).toBe(
      'prediction.classMismatch',
    );
    expect(code(() => vote([new Float32Array(5)], { classes: 2, rule: { kind: 'mean' } }))).toBe(
      'prediction.classMismatch',
    );
    expect(code(() => vote(two, { classes: 0, rule: { kind: 'mean' } }))).toBe('input.invalid');
    expect(code(() => vote(two, { classes: 2, rule: { kind: 'majority', fallbackMember: 2 } }))).toBe(
      'ensemble.badMembers',
    );
    expect(code(() => vote(two, { classes: 2, rule: { kind: 'weighted', weights: [1] } }))).toBe('ensemble.badMembers');
    expect(code(() => vote(two, { classes: 2, rule: { kind: 'weighted', weights: [0, 0] } }))).toBe(
      'ensemble.badMembers',
    );
    expect(code(() => vote(two, { classes: 2, rule: { kind: 'weighted', weights: [NaN, 1] } }))).toBe(
      'ensemble.badMembers',
    );
  });
});

it('says every rule in words with the members it names', () => {
  expect(ruleInWords(MAJORITY, ['11', '13'])).toContain('Where all members differ: the class of member "11".');
  expect(ruleInWords({ kind: 'weighted', weights: [2, 0.5] }, ['11', '13'])).toContain('"11" 2, "13" 0.5');
  expect(ruleInWords({ kind: 'fallback', fallbackMember: 1 }, ['11', '13'])).toContain('"13"');
});
