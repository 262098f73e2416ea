"""Writes test/fixtures/statistics/goldens.json: intervals and tests of verdicts by SciPy and statsmodels.

    python3 -m venv /tmp/statistics && /tmp/statistics/bin/pip install scipy statsmodels
    /tmp/statistics/bin/python build/goldens/statistics_goldens.py
"""
import json
import math
from pathlib import Path

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

SHARES = [(0, 10), (1, 10), (5, 10), (10, 10), (187, 337), (784, 846), (3591, 10000), (38065, 50000), (49999, 50000)]
PAIRS = [(0, 0), (0, 5), (3, 4), (6, 16), (40, 70), (121, 59), (200, 200), (1200, 1350), (49000, 51000)]
SEEDS = [
    [0.502, 0.476],
    [0.502, 0.476, 0.53],
    [0.3591, 0.3612, 0.3580, 0.3633, 0.3601],
    [float(x) for x in np.linspace(0.40, 0.44, 33)],
    [float(x) for x in np.linspace(0.40, 0.44, 61)],
]
SAMPLES = [(700, 1000, 50000), (5, 1000, 50000), (400, 500, 600), (9000, 10000, 10000 + 1)]
GROUPS = [
    ([0.502, 0.476, 0.53], [0.55, 0.56, 0.548]),
    ([0.3591, 0.3612], [0.3580, 0.3633, 0.3601]),
    ([0.71, 0.72, 0.73, 0.74, 0.75], [0.70, 0.73, 0.69, 0.74, 0.71]),
    ([0.9, 0.9001], [0.1, 0.1002]),
]
POINTS = [(0.5, 1), (2.0, 2), (1.96, 30), (3.3, 4.7), (12.0, 3), (0.0, 5), (-2.5, 9), (1.0, 1e6), (40.0, 60)]


def wilson(correct, total):
    low, high = proportion_confint(correct, total, method="wilson")
    return {"correct": correct, "total": total, "low": low, "high": high}


def mcnemar_exact(only_first, only_second):
    result = mcnemar([[0, only_first], [only_second, 0]], exact=True)
    return {"onlyFirst": only_first, "onlySecond": only_second, "pValue": float(min(1, result.pvalue))}


def one_more(values):
    """Where one more value is expected: mean ± t · sd · √(1 + 1/n)."""
    n = len(values)
    half = stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) * math.sqrt(1 + 1 / n)
    return {"values": values, "low": np.mean(values) - half, "high": np.mean(values) + half}


def without_replacement(correct, total, population):
    """Normal interval with the finite population correction; the spread is at least that of 1 %."""
    p = correct / total
    spread = max(p * (1 - p), 0.01 * 0.99)
    half = stats.norm.ppf(0.975) * math.sqrt(spread / total * (population - total) / (population - 1))
    return {
        "correct": correct,
        "total": total,
        "population": population,
        "low": max(0, p - half),
        "high": min(1, p + half),
    }


def welch(first, second):
    result = stats.ttest_ind(first, second, equal_var=False)
    interval = result.confidence_interval(0.95)
    return {
        "first": first,
        "second": second,
        "difference": float(np.mean(first) - np.mean(second)),
        "pValue": float(result.pvalue),
        "low": float(interval.low),
        "high": float(interval.high),
    }


goldens = {
    "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
    "wilson": [wilson(*share) for share in SHARES],
    "mcnemar": [mcnemar_exact(*pair) for pair in PAIRS],
    "oneMore": [one_more(values) for values in SEEDS],
    "withoutReplacement": [without_replacement(*sample) for sample in SAMPLES],
    "welch": [welch(*groups) for groups in GROUPS],
    "studentPValue": [{"t": t, "df": df, "pValue": 2 * float(stats.t.sf(abs(t), df))} for t, df in POINTS],
    "studentQuantile": [
        {"alpha": alpha, "df": df, "t": float(stats.t.ppf(1 - alpha / 2, df))}
        for alpha in (0.05, 0.01)
        for df in (1, 2, 3, 7.5, 29, 31, 400)
    ],
}
target = Path(__file__).resolve().parents[2] / "test/fixtures/statistics/goldens.json"
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(json.dumps(goldens, indent=1, default=float) + "\n")
