"""Which of several objectives' points beat which: fronts, crowding, reference directions."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

from admf.search.learner import Values, Violations, missing

Indices = npt.NDArray[np.intp]


def ranked(values: Values, violations: Violations | None = None) -> npt.NDArray[np.intp]:
    """The front of each point, shape (n,): 0 for what no point dominates, 1 for what only front 0 does, ...

    Larger is better. Points without values (NaN) come after all others: a front for each violation, the smallest
    first; without `violations` (n,) one for all. (Deb et al., 2002, sections III.A and VI.)
    """
    ranks = np.full(len(values), -1)
    without = missing(values)
    left = np.flatnonzero(~without)
    at_least = np.asarray((values[left, None, :] >= values[None, left, :]).all(axis=2))
    beats = at_least & ~at_least.T
    alive, front = np.ones(len(left), dtype=bool), 0
    while alive.any():
        best = alive & ~beats[alive].any(axis=0)
        ranks[left[best]] = front
        alive &= ~best
        front += 1
    if without.any():
        broken = np.zeros(int(without.sum())) if violations is None else violations[without]
        ranks[without] = front + np.unique(broken, return_inverse=True)[1]
    return ranks


def crowding(values: Values) -> npt.NDArray[np.float64]:
    """How alone each point of one front is, shape (n,); infinite at the ends (Deb et al., 2002, section III.B)."""
    n, m = values.shape
    alone = np.zeros(n)
    for k in range(m):
        order = np.argsort(values[:, k], kind="stable")
        sorted_ = values[order, k]
        span = sorted_[-1] - sorted_[0]
        alone[order[[0, -1]]] = np.inf
        if span > 0:
            alone[order[1:-1]] += (sorted_[2:] - sorted_[:-2]) / span
    return alone


def directions(objectives: int, divisions: int) -> npt.NDArray[np.float64]:
    """Points evenly on the simplex, shape (C(divisions + m - 1, m - 1), m) (Das and Dennis, 1998)."""
    bars = np.array(list(combinations(range(divisions + objectives - 1), objectives - 1)), dtype=int)
    bars = bars.reshape(len(bars), objectives - 1)
    ends = np.full((len(bars), 1), divisions + objectives - 1)
    edges = np.concatenate([np.full((len(bars), 1), -1), bars, ends], axis=1)
    return (np.diff(edges, axis=1) - 1) / divisions


def nearest_direction(
    values: Values,
    ideal: npt.NDArray[np.float64],
    worst: npt.NDArray[np.float64],
    towards: npt.NDArray[np.float64],
) -> tuple[Indices, npt.NDArray[np.float64]]:
    """For each point its direction and its distance from that line, after scaling ideal to 0 and worst to 1."""
    scaled = (ideal - values) / np.maximum(ideal - worst, 1e-12)
    unit = towards / np.linalg.norm(towards, axis=1, keepdims=True)
    along = scaled @ unit.T
    away = np.linalg.norm(scaled[:, None, :] - along[:, :, None] * unit[None, :, :], axis=2)
    nearest = away.argmin(axis=1)
    return nearest, away[np.arange(len(values)), nearest]
