"""What the best of many trials shows without any skill: the yardstick beside a best Sharpe ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from admf.analysis.columns import values_of
from admf.reports.facts import StudyFacts
from admf.reports.table import scored

EULER_GAMMA = 0.5772156649


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """N trials, the sd of their Sharpe ratios, and the best that so many would show without skill."""

    trials: int
    spread: float
    expected: float


def expected_maximum(n: int) -> float:
    """The expected maximum of n standard normal draws: (1 - g) Phi^-1(1 - 1/n) + g Phi^-1(1 - 1/(n e)).

    At least 0; 0 for n <= 1, where the formula is -infinity. Source: Bailey and Lopez de Prado 2014, "The
    Deflated Sharpe Ratio"; g is the Euler-Mascheroni constant.

    >>> round(expected_maximum(100), 7)
    2.5306029
    """
    if n <= 1:
        return 0.0
    normal = NormalDist()
    first, second = normal.inv_cdf(1.0 - 1.0 / n), normal.inv_cdf(1.0 - 1.0 / (n * math.e))
    return max((1.0 - EULER_GAMMA) * first + EULER_GAMMA * second, 0.0)


def yardstick(studies: Sequence[StudyFacts]) -> Yardstick | None:
    """SR0 = sd of the trials' annual Sharpe ratios x E[max_N] over all studies; None below 2 Sharpe ratios.

    N counts every trial that scored, also those whose Sharpe ratio is undefined; these are left out of the
    sd (ddof 1). A trial that an objective's constraint rejected was looked at all the same: it counts.
    """
    sharpes = [values_of(study.columns, "sharpe") for study in studies]
    found = np.concatenate([np.empty(0), *(values[np.isfinite(values)] for values in sharpes)])
    if found.size < 2:
        return None
    n = sum(int(scored(study).sum()) for study in studies)
    spread = float(found.std(ddof=1))
    return Yardstick(trials=n, spread=spread, expected=spread * expected_maximum(n))
