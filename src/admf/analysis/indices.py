"""The Sobol indices of a study: of its scores where all combinations were tried, else of a surrogate that predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from admf.analysis.columns import Floats
from admf.analysis.inputs import CATEGORICAL, LOG, Input
from admf.analysis.sobol import sobol_indices
from admf.analysis.surrogate import MOST_FITTED, MOST_LEVELS, Surrogate, fitted, levels, table_of
from admf.analysis.why_none import Why
from admf.errors import SpaceError
from admf.model.space.expression import parse

FEWEST = 20
"""Of fewer scored trials no surrogate is fitted, our own convention."""
FEWEST_KNOWN = 0.5
"""Where less of all combinations is allowed and has a value, a surrogate would mostly speak of the rest."""
GOOD = 0.7
"""The least share of the variance that must be known, of a fitted surrogate its R2: a usual convention of the field,
not a test."""
TABLE_POINTS, FITTED_POINTS = 2**13, 2**11
"""Base samples of the Sobol indices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indices:
    """Sobol indices of the parameters that vary; by name, empty where `why` says that there are none."""

    why: Why | None = None
    first: Mapping[str, float]
    total: Mapping[str, float]
    trials: int = 0
    """How many scored trials they are made of."""
    r2: float | None = None
    """Of the surrogate, by cross-validation; None where nothing is predicted, or nothing could be fitted."""
    held: float = 0.0
    """The share of all combinations that were tried and have a score, where the search was a grid: 1 for all."""
    allowed: float = 1.0
    """The share of all combinations that satisfies the constraints."""
    known: float = 1.0
    """The share of all combinations that is allowed and, as far as the trials tell, has a value."""


def indices_of(
    inputs: Sequence[Input], score: Floats, trials: int, constraints: Sequence[str], seed: int
) -> Indices:
    """The indices of inputs that vary, over the scored ones of all `trials`; `score` (n,) is finite."""
    none = Indices(first={}, total={}, trials=len(score))
    if any(not one.present.all() for one in inputs):
        return replace(none, why=Why.ABSENT)
    table = table_of(inputs, score, seed=seed)
    if table is not None:
        return _told(none, inputs, table, TABLE_POINTS, seed)
    allowed = _allowed(inputs, constraints, seed)
    none = replace(none, allowed=allowed, known=allowed * len(score) / trials)
    if len(score) < FEWEST:
        return replace(none, why=Why.FEW)
    if none.known < FEWEST_KNOWN:
        return replace(none, why=Why.UNKNOWN)
    surrogate = fitted(inputs, score, seed=seed)
    none = replace(none, trials=min(len(score), MOST_FITTED))
    return (
        replace(none, why=Why.NO_FIT)
        if surrogate is None
        else _told(none, inputs, surrogate, FITTED_POINTS, seed)
    )


def _told(found: Indices, inputs: Sequence[Input], surrogate: Surrogate, points: int, seed: int) -> Indices:
    found = replace(found, r2=surrogate.r2, held=surrogate.held)
    if surrogate.trust < GOOD:
        return replace(found, why=Why.POOR_FIT)
    first, total = sobol_indices(surrogate.function, len(inputs), points, seed=seed)
    names = [one.name for one in inputs]
    return replace(
        found,
        first=dict(zip(names, first.tolist(), strict=True)),
        total=dict(zip(names, total.tolist(), strict=True)),
    )


def _allowed(inputs: Sequence[Input], constraints: Sequence[str], seed: int, points: int = 2_048) -> float:
    """The share of independent combinations that satisfies the constraints, from a sample.

    A constraint over a parameter that does not vary, or that is none, is taken to hold.
    """
    u = np.random.default_rng(seed).uniform(size=(points, len(inputs)))
    drawn = {one.name: _values(one, u[:, i]) for i, one in enumerate(inputs)}
    held = np.ones(points, dtype=np.bool_)
    for text in constraints:
        try:
            expression = parse(text)
        except SpaceError:
            continue
        if set(expression.names) <= set(drawn):
            held &= expression.columns(drawn)
    return float(held.mean())


def _values(one: Input, u: Floats) -> Any:
    """The values of an input at numbers in [0, 1], as the surrogate takes them."""
    if one.ordered and len(one) > MOST_LEVELS:
        return _between(one, u)
    kind = np.float64 if one.scale != CATEGORICAL else object
    return np.array([*one.values, None], dtype=object)[levels(u, len(one))].astype(kind)


def _between(one: Input, u: Floats) -> Floats:
    tried = np.array(one.values, dtype=np.float64)
    if one.scale == LOG and tried[0] > 0:
        return np.asarray(np.exp(np.interp(u, one.unit, np.log(tried))))
    return np.asarray(np.interp(u, one.unit, tried))
