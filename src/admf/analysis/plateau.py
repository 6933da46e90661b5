"""From a study's trial table to its plateau: the set whose neighbours do well too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isqrt, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.analysis.columns import Floats, Ints, parameter_of, values_of
from admf.analysis.places import Places, places
from admf.finance.statistics.plateau import QUANTILE, best_of, look_up, offsets, robust_scores
from admf.model.space.value import params_hash

GRID, NEAREST = "grid", "nearest"
MOST_NEIGHBOURS = 100
_MOST_LOOKS = 500_000_000
"""Beyond so many neighbours to look at (3 ** parameters for each set) a grid is read by its nearest sets."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plateau:
    """The centre of a study's best stable region, and what lies around it; rows are those of the trial table.

    `robust` is the 0.25 quantile of the values of the set and its neighbours, in the objective's own sign;
    `standing` says how much of the set's lead over the study's median those neighbours keep (1: all, 0: none;
    None where it has no lead). The same with `best_` for the set with the best value. `ratio` is Q*/raw best,
    None where the best is not positive or small values are sought.
    """

    rule: str
    """'grid': one step on every ordinal parameter; 'nearest': the nearest sets in the unit cube."""
    row: int
    value: float
    robust: float
    standing: float | None
    neighbours: tuple[int, ...]
    """The sets around it that were tried, itself included."""
    missing: int
    """Neighbours that were not tried, failed or are infeasible: they count as the worst value."""
    best_row: int
    best_value: float
    best_robust: float
    best_standing: float | None
    best_neighbours: tuple[int, ...]
    best_missing: int
    ratio: float | None
    median: float
    scores: Floats = field(repr=False)
    """Every set's robust score, NaN where it has no value; shape (n,)."""


def plateau_of(
    columns: Mapping[str, Any],
    params: Sequence[str],
    *,
    maximize: bool,
    method: str = "grid",
    scales: Mapping[str, str] | None = None,
) -> Plateau | None:
    """The plateau of a trial table with a column `value`; None where no trial has a value.

    On a grid the neighbours are ordinal: one step up or down on every numeric parameter, categories equal
    (`admf.statistics.plateau`). Off it (random, sobol ...) they are the k nearest sets in the unit cube by the
    largest difference of any coordinate, categories equal, itself included, with k = sqrt(n) but no more than
    a grid would have (3 ** parameters). Beyond the edge of the search nothing is known and, off the grid,
    nothing is assumed. What failed or is infeasible counts as the worst value either way.

    Source of k: Loftsgaarden and Quesenberry 1965, "A Nonparametric Estimate of a Multivariate Density
    Function", who take k near sqrt(n).
    """
    values = values_of(columns, "value")
    held = np.isfinite(values)
    if not held.any():
        return None
    score = values if maximize else -values
    around = _around(places(columns, params, len(values), scales), score, method)
    scores = around.scores
    row = best_of(scores, score, lambda i: params_hash(params_of(columns, params, i)))
    best = int(np.flatnonzero(held)[np.argmax(score[held])])
    median, sign = float(np.median(score[held])), 1.0 if maximize else -1.0
    own, first = around.rows(row), around.rows(best)
    return Plateau(
        rule=around.rule,
        row=row,
        value=float(values[row]),
        robust=sign * float(scores[row]),
        standing=_standing(score[row], scores[row], median),
        neighbours=tuple(int(i) for i in own[own >= 0]),
        missing=_missing(own, held),
        best_row=best,
        best_value=float(values[best]),
        best_robust=sign * float(scores[best]),
        best_standing=_standing(score[best], scores[best], median),
        best_neighbours=tuple(int(i) for i in first[first >= 0]),
        best_missing=_missing(first, held),
        ratio=float(scores[row] / score[best]) if maximize and score[best] > 0 else None,
        median=sign * median,
        scores=sign * scores,
    )


def selected_row(
    columns: Mapping[str, Any],
    params: Sequence[str],
    select: str,
    *,
    maximize: bool,
    method: str = "grid",
    scales: Mapping[str, str] | None = None,
) -> int | None:
    """The row that `objective.select` means: 'best' or 'plateau'; None where no trial has a value.

    Raises ValueError for another word.
    """
    if select not in ("best", "plateau"):
        raise ValueError(f"select must be best or plateau, was {select!r}.")
    found = plateau_of(columns, params, maximize=maximize, method=method, scales=scales)
    if found is None:
        return None
    return found.best_row if select == "best" else found.row


def params_of(columns: Mapping[str, Any], params: Sequence[str], row: int) -> dict[str, Any]:
    """The parameter set in a row of the table, without absent parameters."""
    found = {}
    for name in params:
        column = parameter_of(columns, name)
        value = None if column is None else column[row]
        if value is not None and value == value:
            found[name] = value.item() if hasattr(value, "item") else value
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Around:
    rule: str
    scores: Floats
    rows: Callable[[int], Ints]
    """A set's neighbours, itself included; -1 for each that is not there."""


def _around(spots: Places, score: Floats, method: str) -> _Around:
    widest = int(spots.active.sum(axis=1).max(initial=0))
    numbered = prod(spots.sizes) < 2**62  # each place of the grid has a number
    on_grid = method == "grid" and numbered and 3**widest * len(spots) <= _MOST_LOOKS
    return _on_grid(spots, score) if on_grid else _off_grid(spots, score)


def _on_grid(spots: Places, score: Floats) -> _Around:
    worst = float(score[np.isfinite(score)].min())
    robust = np.full(len(score), np.nan)
    for group, members in _groups(spots):
        axes = np.flatnonzero(spots.active[group])
        sizes = [spots.sizes[axis] for axis in axes]
        codes = spots.codes[np.ix_(members, axes)]
        robust[members] = robust_scores(codes, sizes, [True] * len(axes), score[members], worst=worst)

    def rows(row: int) -> Ints:
        members = np.flatnonzero(spots.group == spots.group[row])
        axes = np.flatnonzero(spots.active[spots.group[row]])
        sizes = [spots.sizes[axis] for axis in axes]
        codes = spots.codes[np.ix_(members, axes)]
        flat = (
            np.ravel_multi_index(tuple(codes.T), sizes)
            if len(axes)
            else np.zeros(len(members), dtype=np.int64)
        )
        order = np.argsort(flat, kind="stable")
        found = look_up(spots.codes[row, axes][None], sizes, offsets(sizes, [True] * len(axes)), flat[order])[
            0
        ]
        return np.where(found >= 0, members[order][found], -1)

    return _Around(rule=GRID, scores=robust, rows=rows)


def _off_grid(spots: Places, score: Floats) -> _Around:
    from scipy.spatial import KDTree

    held = np.isfinite(score)
    filled = np.where(held, score, score[held].min())
    robust = np.full(len(score), np.nan)
    near: dict[int, tuple[Ints, Any, int]] = {}
    for group, members in _groups(spots):
        axes = np.flatnonzero(spots.active[group])
        k = _how_many(len(score), len(axes))
        tree = KDTree(spots.unit[np.ix_(members, axes)]) if len(axes) else None
        near[group] = (members, tree, k)
        asked = members[held[members]]
        found = _nearest(spots, members, tree, asked, axes, k)
        picked = np.where(found >= 0, filled[found], filled.min())
        robust[asked] = np.quantile(picked, QUANTILE, axis=1) if len(asked) else 0.0

    def rows(row: int) -> Ints:
        group = int(spots.group[row])
        members, tree, k = near[group]
        axes = np.flatnonzero(spots.active[group])
        return _nearest(spots, members, tree, np.array([row]), axes, k).reshape(-1)

    return _Around(rule=NEAREST, scores=robust, rows=rows)


def _nearest(spots: Places, members: Ints, tree: Any, asked: Ints, axes: Ints, k: int) -> Ints:
    """The k nearest of `members` to each of `asked`, shape (len(asked), k); -1 where there are not so many."""
    if tree is None:
        return asked[:, None]
    _, found = tree.query(spots.unit[np.ix_(asked, axes)], k=np.arange(1, k + 1), p=np.inf)
    there = found < len(members)  # the tree answers its own size for a neighbour that does not exist
    rows: Ints = np.where(there, members[np.where(there, found, 0)], -1)
    return rows


def _how_many(n: int, axes: int) -> int:
    return min(int(3 ** min(axes, 9)), max(5, isqrt(n)), MOST_NEIGHBOURS)


def _groups(spots: Places) -> list[tuple[int, Ints]]:
    order = np.argsort(spots.group, kind="stable")
    cuts = np.flatnonzero(np.diff(spots.group[order])) + 1
    return list(enumerate(np.split(order, cuts))) if len(order) else []


def _missing(rows: Ints, held: NDArray[np.bool_]) -> int:
    """How many neighbours are not there, or have no value."""
    there = rows[rows >= 0]
    return int(len(rows) - held[there].sum())


def _standing(own: float, robust: float, median: float) -> float | None:
    lead = float(own) - median
    return float((robust - median) / lead) if lead > 0 else None
