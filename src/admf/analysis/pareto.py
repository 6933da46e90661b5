"""Several objectives: the front that nothing dominates, its hypervolume, how alone its points are, its knee.

One point dominates another where it is at least as good in every objective and better in one. Points with equal
objectives do not dominate one another: both are on the front. Everywhere larger is better (the caller turns signs), and
a row with a NaN is no point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf.search.fronts import crowding

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

MOST_EXACT = 3
"""The hypervolume of more objectives is not computed: exact ways take too long, and others are not exact."""
_BLOCK = 512
_LEVEL = 1e-9
"""A point of the scaled front that stands out by less lies on the plane between the extremes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Front:
    """The front of n points with K objectives.

    `rows` (k,) are its points, the best in the first objective first, ties by the other objectives and then by row;
    `crowding` (k,) how alone each is (infinite at the ends). `of` points have all objectives. `worst` and `best`
    (K,) are the worst and the best of these in each objective, and `worst` is the reference point of `hypervolume`;
    `share` is its part of the box between the two. `knee` is one of `rows`; None where no point stands out.
    """

    rows: Ints
    crowding: Floats
    of: int
    worst: Floats
    best: Floats
    hypervolume: float | None
    share: float | None
    knee: int | None


def front_of(values: Floats) -> Front | None:
    """The front of `values` (n, K), larger is better; None where no row is without NaN."""
    held = np.flatnonzero(np.isfinite(values).all(axis=1))
    if not len(held):
        return None
    points = values[held]
    rows = held[front_rows(points)]
    rows = rows[np.lexsort((rows, *(-values[rows, ::-1]).T))]
    front, worst, best = values[rows], points.min(axis=0), points.max(axis=0)
    volume = hypervolume(front, worst) if values.shape[1] <= MOST_EXACT else None
    box = float(np.prod(best - worst))
    knee = knee_of(front)
    return Front(
        rows=rows,
        crowding=crowding(front),
        of=len(held),
        worst=worst,
        best=best,
        hypervolume=volume,
        share=volume / box if volume is not None and box > 0 else None,
        knee=int(rows[knee]) if knee is not None else None,
    )


def front_rows(values: Floats) -> Ints:
    """Which of `values` (n, K) no other one dominates, in order; exact, ties stay. No NaN may be among them.

    In order of the first objective, ties by the next, nothing is dominated by what comes later: so blocks are held
    against the front so far, O(n k).
    """
    order = np.lexsort(tuple(-values[:, ::-1].T))
    front: Ints = np.empty(0, dtype=np.intp)
    for first in range(0, len(order), _BLOCK):
        block = order[first : first + _BLOCK]
        block = block[~_dominated(values[block], values[front])]
        block = block[~_dominated(values[block], values[block])]
        front = np.concatenate([front, block])
    return np.sort(front)


def _dominated(values: Floats, by: Floats) -> NDArray[np.bool_]:
    """Which of `values` (n, K) some row of `by` dominates, shape (n,)."""
    found = np.zeros(len(values), dtype=bool)
    for first in range(0, len(by), _BLOCK):
        others = by[first : first + _BLOCK, None, :]
        at_least, better = (others >= values).all(axis=2), (others > values).any(axis=2)
        found |= (at_least & better).any(axis=0)
    return found


def hypervolume(front: Floats, reference: Floats) -> float:
    """The volume between `front` (k, K) and the `reference` point (K,) that it dominates; exact for K up to 3.

    In two objectives the area under a staircase; in three the sum of such areas over slices of the third (Fonseca,
    Paquete and Lopez-Ibanez, 2006, in its plainest form). What does not exceed the reference adds nothing.
    """
    points = np.maximum(front - reference, 0.0)
    match points.shape[1]:
        case 1:
            return float(points.max(initial=0.0))
        case 2:
            return _area(points)
        case 3:
            return _volume(points)
        case more:
            raise ValueError(f"a hypervolume is computed of at most {MOST_EXACT} objectives, got {more}.")


def _area(points: Floats) -> float:
    """The area below a staircase, of points (k, 2) of at least 0."""
    x, y = points[np.argsort(-points[:, 0], kind="stable")].T
    height = np.maximum.accumulate(y)
    return float((x * np.diff(height, prepend=0.0)).sum())


def _volume(points: Floats) -> float:
    """Of points (k, 3) of at least 0: slice by slice from the top of the third objective down."""
    points = points[np.argsort(-points[:, 2], kind="stable")]
    depths = points[:, 2] - np.append(points[1:, 2], 0.0)
    return float(sum(_area(points[: i + 1, :2]) * depth for i, depth in enumerate(depths.tolist()) if depth))


def knee_of(front: Floats) -> int | None:
    """Which of `front` (k, K) bends away most from the plane between its extremes; None where none does.

    Every objective is scaled to 0 at its worst and 1 at its best on the front. The extremes are the points that are
    best in one objective (of several the one with the largest sum of the others); the distance of a point is along the
    plane's normal, towards better. Where the extremes span no such plane, that through the unit points is taken. What
    does not vary over the front is left out, and a front of one point is its own knee. (After Das, 1999, and Branke
    et al., 2004.)
    """
    span = front.max(axis=0) - front.min(axis=0)
    vary = span > 0
    if not vary.any():
        return 0 if len(front) else None
    scaled = (front[:, vary] - front[:, vary].min(axis=0)) / span[vary]
    normal = _normal(scaled)
    away = (scaled @ normal - 1.0) / float(np.linalg.norm(normal))
    at = int(away.argmax())
    return at if away[at] > _LEVEL else None


def _normal(scaled: Floats) -> Floats:
    """w of the plane w x = 1 through the extremes; through the unit points where that does not face better."""
    k = scaled.shape[1]
    ones = np.ones(k)
    extremes = np.array([scaled[np.lexsort((-scaled.sum(axis=1), -scaled[:, j]))[0]] for j in range(k)])
    try:
        normal: Floats = np.linalg.solve(extremes, ones)
    except np.linalg.LinAlgError:
        return ones
    return normal if (normal > _LEVEL).all() else ones
