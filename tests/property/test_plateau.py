"""The plateau against a loop over cells and neighbours, and what must not change it."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from admf.finance.statistics.plateau import plateau, robust_grid, robust_scores


def naive(values: NDArray[np.float64], radius: int, categorical: set[int]) -> NDArray[np.float64]:
    worst = min(v for v in values.ravel() if np.isfinite(v))
    out = np.full(values.shape, np.nan)
    for cell in np.ndindex(values.shape):
        if not np.isfinite(values[cell]):
            continue
        seen = []
        still = [axis in categorical or values.shape[axis] == 1 for axis in range(values.ndim)]
        reach = [[0] if s else list(range(-radius, radius + 1)) for s in still]
        for step in product(*reach):
            place = tuple(a + b for a, b in zip(cell, step, strict=True))
            inside = all(0 <= p < n for p, n in zip(place, values.shape, strict=True))
            seen.append(float(values[place]) if inside and np.isfinite(values[place]) else worst)
        seen.sort()
        at = 0.25 * (len(seen) - 1)
        low = int(at)
        high = min(low + 1, len(seen) - 1)
        out[cell] = seen[low] + (at - low) * (seen[high] - seen[low])
    return out


@st.composite
def grids(draw: st.DrawFn) -> tuple[NDArray[np.float64], int, set[int]]:
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    cells = st.one_of(st.floats(-10, 10), st.sampled_from([0.0, 1.0, float("nan"), float("inf")]))
    count = int(np.prod(shape))
    values = np.array(draw(st.lists(cells, min_size=count, max_size=count))).reshape(shape)
    values.flat[draw(st.integers(0, count - 1))] = draw(st.floats(-10, 10))
    return values, draw(st.integers(0, 2)), draw(st.sets(st.integers(0, len(shape) - 1)))


@given(grids())
def test_equals_the_naive_loop(case: tuple[NDArray[np.float64], int, set[int]]) -> None:
    values, radius, categorical = case
    found = robust_grid(values, radius=radius, categorical=sorted(categorical))
    np.testing.assert_allclose(found, naive(values, radius, categorical), rtol=1e-12, atol=1e-12)


@given(grids())
def test_the_centre_has_the_best_robust_score_and_a_score_of_its_own(
    case: tuple[NDArray[np.float64], int, set[int]],
) -> None:
    values, radius, categorical = case
    robust = naive(values, radius, categorical)
    place = plateau(values, radius=radius, categorical=sorted(categorical))
    assert np.isfinite(values[place])
    assert robust[place] >= np.nanmax(robust) - 1e-9


@given(grids(), st.integers(-5, 5), st.integers(1, 4))
def test_shifting_and_scaling_the_scores_moves_nothing(
    case: tuple[NDArray[np.float64], int, set[int]], shift: int, scale: int
) -> None:
    values, radius, categorical = case
    values = np.round(values)  # exact arithmetic: ties stay ties
    apart = sorted(categorical)
    moved = plateau(values * scale + shift, radius=radius, categorical=apart)
    assert moved == plateau(values, radius=radius, categorical=apart)


@given(grids(), st.randoms(use_true_random=False))
def test_the_order_of_the_sets_does_not_matter(
    case: tuple[NDArray[np.float64], int, set[int]], random: object
) -> None:
    values, radius, categorical = case
    codes = np.indices(values.shape).reshape(values.ndim, -1).T
    order = np.arange(values.size)
    random.shuffle(order)  # type: ignore[attr-defined]
    ordinal = [axis not in categorical for axis in range(values.ndim)]
    found = robust_scores(codes[order], values.shape, ordinal, values.ravel()[order], radius=radius)
    whole = robust_grid(values, radius=radius, categorical=sorted(categorical)).ravel()
    np.testing.assert_array_equal(found, whole[order])
