"""Which method suits a space, a budget, the cost of a trial, and how rough the first results are: with reasons.

The numbers are those of bench/search.py: on grids and choices `bayesian` finds most in some hundred trials, on
continuous smooth spaces `cmaes`, and from about a thousand on `genetic`, whose proposals cost next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from admf.model.space import Space
from admf.search.axes import Axes
from admf.search.learner import Points, Values

FEW = 20
"""With fewer trials there is nothing to learn from."""
CHEAP_S = 0.01
"""What a proposal of `bayesian` costs, about, in seconds."""
HANDOVER = 300
"""After so many trials `bayesian` hands over: its proposals cost more with each result."""
FINE = 100
"""A grid of so many points is as good as continuous."""
PER_AXIS = 50
"""The trials per parameter from which `cmaes` has time to adapt."""
SMOOTH = 0.2
"""The share of the first results' variance that a smooth model must foretell."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A method's name, and a sentence that says why."""

    method: str
    why: str


def at_once(space: Space, count: int | None, budget: int) -> Choice | None:
    """What needs no look at results: all sets, or too few trials; None where something can be learnt."""
    if count is not None and count <= budget:
        return Choice("grid", f"all {count:,} sets of the space fit into the budget of {budget:,}")
    if budget < FEW:
        return Choice("sobol", f"{budget} trials are too few to learn from, fewer than {FEW}")
    if not space.dimensions:
        return Choice("grid", "nothing varies")
    return None


def after_start(
    axes: Axes, conditions: bool, budget: int, trial_s: float | None, points: Points, values: Values
) -> Choice:
    """What to go on with after the first results."""
    if trial_s is not None and trial_s < CHEAP_S:
        why = f"a trial takes {trial_s:g} s, less than the {CHEAP_S:g} s that a proposal of bayesian takes"
        return Choice("genetic", why)
    coarse = np.flatnonzero((axes.sizes > 0) & (axes.sizes < FINE))
    if axes.unordered.any() or len(coarse) or conditions:
        what = (
            "has choices without an order"
            if axes.unordered.any()
            else "has conditions"
            if conditions
            else "has coarse grids"
        )
        return Choice("bayesian", f"the space {what}, which it models as they are")
    if budget < PER_AXIS * axes.n:
        why = f"{budget:,} trials are fewer than {PER_AXIS} per parameter, which cmaes needs to adapt"
        return Choice("bayesian", why)
    foretold = share_foretold(points, values)
    if foretold < SMOOTH:
        why = (
            f"a smooth model foretells {max(foretold, 0.0):.0%} of the first results: they are rough or noisy"
        )
        return Choice("bayesian", why)
    return Choice(
        "cmaes", f"the space is continuous and a smooth model foretells {foretold:.0%} of the first results"
    )


def share_foretold(points: Points, values: Values) -> float:
    """How much of the variance of the first objective's ranks a model foretells for a point it has not seen.

    A ridge regression on each coordinate and its square, leave-one-out by the hat matrix; at most 1, below 0 where
    the mean foretells better. Ranks, so that a cliff somewhere does not hide what is smooth elsewhere.
    """
    known = ~np.isnan(values[:, 0])
    u, y = points[known] - 0.5, values[known, 0]
    if len(y) < 8 or np.ptp(y) == 0:
        return 0.0
    ranks = np.argsort(np.argsort(y, kind="stable"), kind="stable") / (len(y) - 1) - 0.5
    X = np.column_stack([np.ones(len(y)), u, u**2])
    penalty = 1e-2 * np.eye(X.shape[1])
    penalty[0, 0] = 0.0
    hat = X @ np.linalg.solve(X.T @ X + penalty, X.T)
    missed = (ranks - hat @ ranks) / np.maximum(1.0 - np.diag(hat), 1e-9)
    n = len(y)
    by_mean = ranks * n / (n - 1)  # what the mean of the others misses
    return float(1.0 - (missed**2).sum() / (by_mean**2).sum())
