"""The plateau of a grid of scores: the point whose whole neighbourhood does well, not the highest point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUANTILE = 0.25
_AT_ONCE = 4_000_000
"""Neighbours looked at together: 32 MB."""


def plateau(values: ArrayLike, *, radius: int = 1, categorical: Sequence[int] = ()) -> tuple[int, ...]:
    """The index of the plateau's centre in a grid of scores, larger being better.

    `values` has one axis per parameter, NaN (or infinity) where a set is missing or infeasible. The robust
    score of a set is the 0.25 quantile (linear) of its neighbours and itself: those within `radius` steps on
    every axis (Chebyshev), equal on the axes named in `categorical`. What is missing, infeasible or outside
    the grid counts as the worst feasible score: at an edge nobody knows how it goes on. An axis with a single
    value is no direction. Ties go to the higher score of its own, then to the first index. Raises ValueError
    where no value is finite.

    Source: the project's definition; the quantile instead of a mean keeps one spike from lifting its whole
    neighbourhood, and the padding keeps an edge from winning by having few neighbours.

    >>> plateau([[1, 1, 1, 1, 1], [1, 9, 1, 3, 3], [1, 1, 1, 3.2, 3], [1, 1, 3, 3.1, 3], [0, 0, 2, 3, 2]])
    (2, 3)
    """
    scores = np.asarray(values, dtype=np.float64)
    robust = robust_grid(scores, radius=radius, categorical=categorical)
    best = best_of(robust.ravel(), scores.ravel())
    return tuple(int(i) for i in np.unravel_index(best, scores.shape))


def robust_grid(values: ArrayLike, *, radius: int = 1, categorical: Sequence[int] = ()) -> Floats:
    """The robust score of every set of a grid, in its shape; NaN where a set has no score of its own.

    As in `plateau`, which takes the best of these.
    """
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim == 0:
        return np.where(np.isfinite(scores), scores, np.nan)
    codes = np.indices(scores.shape).reshape(scores.ndim, -1).T
    apart = {axis % scores.ndim for axis in categorical}
    ordinal = [axis not in apart for axis in range(scores.ndim)]
    return robust_scores(codes, scores.shape, ordinal, scores.ravel(), radius=radius).reshape(scores.shape)


def robust_scores(
    codes: Ints,
    sizes: Sequence[int],
    ordinal: Sequence[bool],
    values: Floats,
    *,
    radius: int = 1,
    worst: float | None = None,
) -> Floats:
    """The robust scores, shape (n,), of n sets of a grid, of which not all need be there.

    `codes` (n, D) places each set on D axes of `sizes` values; on axes that are not `ordinal` neighbours are
    equal. `worst` counts for what is missing (None: the least finite value). NaN where a set has no score.
    """
    held = np.isfinite(values)
    robust = np.full(len(values), np.nan)
    if not held.any():
        return robust
    floor = float(values[held].min()) if worst is None else worst
    steps = offsets(sizes, ordinal, radius)
    near = max(1, _AT_ONCE // len(steps))
    rows = np.flatnonzero(held)
    known, scores = _by_key(codes, sizes, np.where(held, values, floor))
    for start in range(0, len(rows), near):
        part = rows[start : start + near]
        found = look_up(codes[part], sizes, steps, known)
        picked = np.where(found >= 0, scores[found], floor)
        robust[part] = np.quantile(picked, QUANTILE, axis=1)
    return robust


def offsets(sizes: Sequence[int], ordinal: Sequence[bool], radius: int = 1) -> Ints:
    """The steps to a set's neighbours and to itself, shape (m, D)."""
    reach = [
        range(-radius, radius + 1) if scale and size > 1 else range(1)
        for size, scale in zip(sizes, ordinal, strict=True)
    ]
    return np.array(list(product(*reach)), dtype=np.int64).reshape(-1 if reach else 1, len(reach))


def look_up(codes: Ints, sizes: Sequence[int], steps: Ints, known: Ints) -> Ints:
    """For each set (k) and step (m) the place of the neighbour in the sorted keys `known`; -1: not there."""
    places = codes[:, None, :] + steps[None, :, :]
    inside = ((places >= 0) & (places < np.asarray(sizes))).all(axis=2)
    keys = _keys(places, sizes)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(inside & (known[at] == keys), at, -1)


def best_of(robust: Floats, own: Floats, key: Callable[[int], str] | None = None) -> int:
    """The place of the best robust score; ties: the higher own score, then the least `key`, then the first.

    Raises ValueError where no score is a number.
    """
    held = np.flatnonzero(np.isfinite(robust))
    if not len(held):
        raise ValueError("a plateau needs at least one finite score, there is none.")
    top = held[robust[held] == robust[held].max()]
    top = top[own[top] == own[top].max()]
    return int(top[0] if key is None else min(top.tolist(), key=lambda i: (key(i), i)))


def _by_key(codes: Ints, sizes: Sequence[int], values: Floats) -> tuple[Ints, Floats]:
    keys, first = np.unique(_keys(codes, sizes), return_index=True)
    return keys, values[first]


def _keys(codes: Ints, sizes: Sequence[int]) -> Ints:
    """One number per set: its place in the whole grid."""
    keys = np.zeros(codes.shape[:-1], dtype=np.int64)
    for axis, size in enumerate(sizes):
        keys = keys * max(int(size), 1) + codes[..., axis]
    return keys
