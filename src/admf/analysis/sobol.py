"""Sobol indices: which share of a function's variance each of its inputs makes, alone and with the others."""

from __future__ import annotations

from collections.abc import Callable

from admf.analysis.columns import Floats

Function = Callable[[Floats], Floats]
"""From points of the unit cube, shape (n, d), to values, shape (n,)."""


def sobol_indices(function: Function, d: int, n: int, *, seed: int = 0) -> tuple[Floats, Floats]:
    """First-order and total indices of d inputs that are uniform in [0, 1] and independent, each of shape (d,).

    The function is asked at n * (d + 2) points; n is a power of 2. Estimates may lie a little below 0 and above 1.
    Zeros where the function is constant.

    Source: Saltelli et al. 2010, "Variance based sensitivity analysis of model output", by SciPy.
    """
    from scipy.stats import sobol_indices, uniform

    found = sobol_indices(func=lambda points: function(points.T), n=n, dists=[uniform()] * d, rng=seed)
    return found.first_order.reshape(d), found.total_order.reshape(d)
