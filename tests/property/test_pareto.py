"""Fronts, hypervolumes, crowding and knees against slow, obvious definitions."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from admf.analysis import pareto
from admf.analysis.pareto import front_of, front_rows, hypervolume, knee_of

Array = np.ndarray[Any, np.dtype[np.float64]]


def whole(low: int = -4, high: int = 4) -> st.SearchStrategy[float]:
    """Small whole numbers: many ties."""
    return st.integers(low, high).map(float)


def tables(elements: st.SearchStrategy[float], most: int = 40) -> st.SearchStrategy[Array]:
    """Values (n, K), K of 1 to 4."""
    shapes = st.tuples(st.integers(1, most), st.integers(1, 4))
    return shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=elements))


values_or_none = st.one_of(whole(), st.floats(-1e6, 1e6), st.just(float("nan")))


def dominates(one: Array, other: Array) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True)) and any(
        a > b for a, b in zip(one, other, strict=True)
    )


def naive_front(values: Array) -> list[int]:
    here = [i for i, row in enumerate(values) if not any(np.isnan(row))]
    return [i for i in here if not any(dominates(values[j], values[i]) for j in here)]


@given(tables(values_or_none))
@settings(max_examples=300)
def test_the_front_is_what_nothing_dominates(values: Array) -> None:
    front, wanted = front_of(values), naive_front(values)
    if front is None:
        assert wanted == []
        return
    assert sorted(front.rows.tolist()) == wanted
    keys = [(*(-values[row]).tolist(), row) for row in front.rows.tolist()]
    assert keys == sorted(keys)
    assert front.of == int(np.isfinite(values).all(axis=1).sum())
    assert len(front.crowding) == len(front.rows)


@given(tables(whole(), most=30), st.integers(1, 7))
def test_the_front_does_not_depend_on_the_size_of_blocks(values: Array, block: int) -> None:
    before = pareto._BLOCK
    pareto._BLOCK = block
    try:
        assert front_rows(values).tolist() == naive_front(values)
    finally:
        pareto._BLOCK = before


@given(tables(whole(0, 4), most=12).filter(lambda v: v.shape[1] <= 3))
def test_the_hypervolume_counts_unit_cubes(values: Array) -> None:
    reference = np.zeros(values.shape[1])
    cells = product(range(4), repeat=values.shape[1])
    wanted = sum(
        any(all(value > c for value, c in zip(row, cell, strict=True)) for row in values) for cell in cells
    )
    assert hypervolume(values, reference) == wanted
    moved = hypervolume(values + 7.0, reference + 7.0)
    assert moved == wanted


@given(tables(st.floats(-1, 1), most=12).filter(lambda v: v.shape[1] in (2, 3)), st.integers(0, 2**31))
@settings(max_examples=50)
def test_the_hypervolume_is_the_share_of_drawn_points_that_are_dominated(values: Array, seed: int) -> None:
    drawn = np.random.default_rng(seed).uniform(-1, 1, (4000, values.shape[1]))
    below = np.asarray((drawn[:, None, :] <= values[None, :, :]).all(axis=2))
    dominated = below.any(axis=1).mean()
    share = hypervolume(values, np.full(values.shape[1], -1.0)) / 2.0 ** values.shape[1]
    assert share == pytest.approx(dominated, abs=5 * 0.5 / 4000**0.5)


@given(tables(whole(), most=20).filter(lambda v: v.shape[1] <= 3))
def test_only_the_front_adds_to_the_hypervolume_and_more_points_never_take_from_it(values: Array) -> None:
    reference = values.min(axis=0)
    whole_, front = hypervolume(values, reference), hypervolume(values[front_rows(values)], reference)
    assert whole_ == front
    assert hypervolume(values[:-1], reference) <= whole_


def test_the_hypervolume_of_more_than_three_objectives_is_not_claimed() -> None:
    front = front_of(np.eye(4))
    assert front is not None
    assert (front.hypervolume, front.share) == (None, None)
    with pytest.raises(ValueError, match="at most 3 objectives, got 4"):
        hypervolume(np.eye(4), np.zeros(4))


def naive_distance(point: Array, a: Array, b: Array) -> float:
    """How far a point of the plane lies beyond the line through a (best in the first) and b (best in the second)."""
    across = (b[0] - a[0]) * (a[1] - point[1]) - (a[0] - point[0]) * (b[1] - a[1])
    return float(across / np.hypot(*(b - a)))


@given(tables(st.integers(-1000, 1000).map(lambda n: n / 7), most=30).filter(lambda v: v.shape[1] == 2))
@settings(max_examples=200)
def test_the_knee_of_two_objectives_lies_farthest_from_the_line_between_the_ends(values: Array) -> None:
    front = values[front_rows(values)]
    front = front[np.argsort(-front[:, 0], kind="stable")]
    knee = knee_of(front)
    span = np.ptp(front, axis=0)
    if not span.all():
        assert knee == 0
        return
    scaled = (front - front.min(axis=0)) / span
    away = [naive_distance(point, scaled[0], scaled[-1]) for point in scaled]
    if knee is None:
        assert max(away) < 1e-8
    else:
        assert away[knee] == pytest.approx(max(away), abs=1e-9)


def test_knees() -> None:
    bent = np.array([[0.0, 10.0], [1.0, 9.9], [9.0, 9.0], [9.5, 3.0], [10.0, 0.0]])
    assert knee_of(bent) == 2
    assert knee_of(bent * [1000.0, -0.001] * [1, -1]) == 2  # units are no matter
    assert knee_of(np.array([[0.0, 10.0], [1.0, 1.0], [10.0, 0.0]])) is None  # bends the other way
    assert knee_of(np.array([[0.0, 1.0], [1.0, 0.0]])) is None
    assert knee_of(np.array([[3.0, 4.0]])) == 0
    sphere = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.6, 0.6, 0.6], [0.8, 0.1, 0.3]])
    assert knee_of(sphere) == 3


def naive_crowding(front: Array) -> list[float]:
    n, k = front.shape
    total = [0.0] * n
    for j in range(k):
        order = sorted(range(n), key=lambda i: (front[i, j], i))
        span = front[order[-1], j] - front[order[0], j]
        for place, i in enumerate(order):
            if place in (0, n - 1):
                total[i] = float("inf")
            elif span > 0:
                total[i] += (front[order[place + 1], j] - front[order[place - 1], j]) / span
    return total


@given(tables(values_or_none, most=20))
def test_crowding_is_the_sum_of_the_gaps_beside_a_point(values: Array) -> None:
    front = front_of(values)
    if front is not None:
        assert front.crowding.tolist() == pytest.approx(naive_crowding(values[front.rows]))


def test_a_million_points_have_a_front_in_a_moment() -> None:
    values = np.random.default_rng(1).standard_normal((1_000_000, 2))
    front = front_of(values)
    assert front is not None
    assert 5 < len(front.rows) < 40  # about ln n, the harmonic number
