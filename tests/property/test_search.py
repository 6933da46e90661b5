"""Laws of what learning searches are made of: coordinates, repair, steps beside, fronts, against naive oracles."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from admf.errors import SpaceError
from admf.model.space import Space, parse_space
from admf.search.axes import axes_of
from admf.search.beside import Beside
from admf.search.choosing import share_foretold
from admf.search.fronts import crowding, directions, ranked
from admf.search.genetic import Genetic
from admf.search.nsga2 import _crowded
from admf.search.nsga3 import Nsga3, _niched
from admf.search.repair import Repair
from admf.search.variation import crossed, mutated, tournament

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def parameters(draw: st.DrawFn) -> object:
    """One parameter of any kind; coarse, fine, or huge."""
    low, n, step = draw(st.integers(-5, 10)), draw(st.integers(1, 40)), draw(st.integers(1, 7))
    kinds = {
        "int": {"low": low, "high": low + n * step, "step": step},
        "huge": {"low": 1, "high": 2**45},
        "log int": {"low": 1, "high": 1 + n * 100, "log": True},
        "log step": {"type": "int", "low": 2, "high": 2 + n * step, "step": step, "log": True},
        "float": {"type": "float", "low": low, "high": low + n},
        "step": {
            "type": "float",
            "low": 0,
            "high": n * 0.1 if n == 1 else float(n),
            "step": 0.1 if n == 1 else 0.5,
        },
        "points": {"type": "log", "low": 0.001, "high": 10.0, "num_points": n + 1},
        "log": {"type": "log", "low": 0.001, "high": 10.0},
        "choice": [*"abcdefgh"][: 1 + n % 8],
        "numbers": [1, 3, 10, 50][: 1 + n % 4],
        "bool": {"values": [True, False]},
    }
    return kinds[draw(st.sampled_from(sorted(kinds)))]


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """1 to 4 parameters, sometimes with a condition and a constraint."""
    given_ = {f"p{i}": draw(parameters()) for i in range(draw(st.integers(1, 4)))}
    constraints = []
    if draw(st.booleans()):
        given_["k"] = {"low": 0, "high": 9}
        given_["deep"] = {"low": 1, "high": 4, "when": "k > 4"}
        constraints = draw(
            st.sampled_from([[], ["k != 3"], ["k + deep < 11"], ["k * k < 40"], ["k == 7"], ["k % 4 == 1"]])
        )
    return parse_space(given_, constraints)


def cube(space: Space, seed: int, n: int = 60) -> np.ndarray:
    points = np.random.default_rng(seed).random((n, space.dimensions))
    points[: n // 10] = np.round(points[: n // 10])  # corners
    return points


@QUICK
@given(spaces(), st.integers(0, 10**6))
def test_units_lead_back_to_the_sets_they_came_from(space: Space, seed: int) -> None:
    block = space.block_from_unit(cube(space, seed))
    units = space.units(block)
    again = space.block_from_unit(units)
    exact = all(parameter.domain.size is not None for parameter in space.parameters)
    if exact:
        assert space.keys(again) == space.keys(block)
    for i, parameter in enumerate(space.parameters):
        if parameter.domain.size is None:
            np.testing.assert_allclose(again.codes[i], block.codes[i], rtol=1e-12, atol=1e-14)
    assert ((units >= 0) & (units <= 1)).all()


@QUICK
@given(spaces(), st.integers(0, 10**6))
def test_snapped_points_are_the_same_sets_and_stay_where_they_are(space: Space, seed: int) -> None:
    points, axes = cube(space, seed), axes_of(space)
    snapped = axes.snapped(points)
    assert space.keys(space.block_from_unit(snapped)) == space.keys(space.block_from_unit(points))
    np.testing.assert_array_equal(axes.snapped(snapped), snapped)


@QUICK
@given(spaces(), st.integers(0, 10**6))
def test_repair_moves_what_is_not_allowed_and_nothing_else(space: Space, seed: int) -> None:
    points = cube(space, seed)
    allowed = space.allowed(space.block_from_unit(points))
    anchors = points[allowed]
    assume(len(anchors))
    repair = Repair(space, anchors[:5])
    moved, block = repair(points)
    assert space.allowed(block).all()
    np.testing.assert_array_equal(moved[allowed], points[allowed])
    assert repair.moved == (~allowed).sum()
    assert space.keys(block) == space.keys(space.block_from_unit(moved))


@QUICK
@given(spaces(), st.integers(0, 10**6))
def test_steps_beside_are_new_allowed_and_near(space: Space, seed: int) -> None:
    points = cube(space, seed)
    points = points[space.allowed(space.block_from_unit(points))]
    assume(space.dimensions and len(points))
    block = space.block_from_unit(points)
    keys = space.keys(block)
    known = dict.fromkeys(keys)
    beside = Beside(space, axes_of(space), np.random.default_rng(seed))
    rows = list(range(0, len(keys), 2))
    moved, new_block, new_keys = beside(points, block, keys, rows, known)
    assert space.allowed(new_block).all()
    assert space.keys(new_block) == new_keys == space.keys(space.block_from_unit(moved))
    changed = [i for i in range(len(keys)) if new_keys[i] != keys[i]]
    assert set(changed) <= set(rows)
    assert beside.moved == len(changed)
    assert len({new_keys[i] for i in changed} | set(keys)) == len(changed) + len(set(keys))
    for i in changed:
        assert (moved[i] != points[i]).sum() == 1


values = st.integers(1, 3).flatmap(
    lambda m: st.lists(
        st.one_of(st.tuples(*[st.integers(0, 4)] * m), st.just((None,) * m)), min_size=1, max_size=14
    )
)


def arrays(rows: list[tuple[int | None, ...]]) -> np.ndarray:
    return np.array([[np.nan if x is None else float(x) for x in row] for row in rows])


def broken_by(told: np.ndarray, seed: int) -> np.ndarray:
    """Violations of the rows without values, few different ones."""
    drawn = np.random.default_rng(seed).choice([1e-9, 0.5, 2.0, np.inf], len(told))
    return np.where(np.isnan(told[:, 0]), drawn, 0.0)


@QUICK
@given(values, st.integers(0, 100))
def test_fronts_are_peeled_off_one_after_the_other(rows: list[tuple[int | None, ...]], seed: int) -> None:
    told = arrays(rows)
    violations = broken_by(told, seed)

    def beats(j: int, i: int) -> bool:
        if violations[i] or violations[j]:
            return bool(violations[j] < violations[i])
        return bool((told[j] >= told[i]).all() and (told[j] > told[i]).any())

    left, expected, front = set(range(len(rows))), {}, 0
    while left:
        best = {i for i in left if not any(beats(j, i) for j in left)}
        expected.update(dict.fromkeys(best, front))
        left -= best
        front += 1
    assert ranked(told, violations).tolist() == [expected[i] for i in range(len(rows))]
    fronts = 1 + max((front for i, front in expected.items() if not violations[i]), default=-1)
    assert ranked(told).tolist() == [fronts if violations[i] else expected[i] for i in range(len(rows))]


@QUICK
@given(values, st.integers(1, 10), st.integers(0, 100))
def test_survivors_of_both_are_whole_fronts_first(
    rows: list[tuple[int | None, ...]], n: int, seed: int
) -> None:
    told = arrays(rows)
    violations = broken_by(told, seed)
    ranks = ranked(told, violations)
    for survivors in (_crowded, Nsga3()._spread, Nsga3(divisions=1)._spread):
        kept = survivors(told, violations, n, np.random.default_rng(seed))
        assert len(kept) == len(set(kept.tolist())) == min(n, len(rows))
        assert sorted(ranks[kept].tolist()) == sorted(ranks.tolist())[: len(kept)]
        assert (np.diff(ranks[kept]) >= 0).all()


def test_crowding_by_hand() -> None:
    """Five points on a line, as in figure 1 of Deb et al. (2002): half the circumference of the cuboid, scaled."""
    told = np.array([[0.0, 10.0], [1.0, 8.0], [4.0, 5.0], [6.0, 1.0], [10.0, 0.0]])
    expected = [np.inf, 4 / 10 + 5 / 10, 5 / 10 + 7 / 10, 6 / 10 + 5 / 10, np.inf]
    assert crowding(told) == pytest.approx(expected)
    assert crowding(told[::-1]) == pytest.approx(expected[::-1])
    assert crowding(np.ones((3, 2))).tolist() == [np.inf, 0.0, np.inf]


def test_the_last_front_fills_the_directions_where_few_stand() -> None:
    """Section IV.E of Deb and Jain (2014): the emptiest first, there the nearest; elsewhere any."""
    niche = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    away = np.array([0.3, 0.1, 0.2, 0.5, 0.4, 0.2, 0.1, 0.3])
    crowd = np.array([0, 0, 0, 5])
    for seed in range(20):
        chosen = _niched(niche, away, crowd, 3, np.random.default_rng(seed))
        assert sorted(chosen.tolist()) == [1, 4, 6]
        chosen = _niched(niche, away, np.array([2, 1, 0, 5]), 3, np.random.default_rng(seed))
        assert sorted(niche[chosen].tolist()) == [1, 2, 2]  # two each then
        assert 6 in chosen


@pytest.mark.parametrize(("objectives", "divisions"), [*itertools.product([1, 2, 3, 5], [1, 4, 7])])
def test_reference_directions_are_all_of_the_simplex(objectives: int, divisions: int) -> None:
    found = directions(objectives, divisions)
    assert found.shape == (
        comb(divisions + objectives - 1, objectives - 1),
        objectives,
    )  # Das and Dennis (1998)
    assert found.sum(axis=1) == pytest.approx(1.0)
    assert len(np.unique(found, axis=0)) == len(found)
    assert np.rint(found * divisions) == pytest.approx(found * divisions)


@QUICK
@given(spaces(), st.integers(0, 10**6), st.floats(0, 1))
def test_children_lie_in_the_cube_and_every_mutant_differs(space: Space, seed: int, rate: float) -> None:
    assume(space.dimensions)
    axes, generator = axes_of(space), np.random.default_rng(seed)
    points = axes.snapped(generator.random((40, axes.n)))
    children = crossed(points, points[::-1], axes, generator)
    mutants = mutated(points, axes, rate, generator)
    for some in (children, mutants):
        assert ((some >= 0) & (some <= 1)).all()
    assert (mutants != points).any(axis=1).all()
    unordered = children[:, axes.unordered]
    mothers, fathers = points[:, axes.unordered], points[::-1][:, axes.unordered]
    assert ((unordered == mothers) | (unordered == fathers)).all()
    steps = np.flatnonzero(axes.even & ~axes.unordered & (axes.sizes < 1000))
    moved = axes.snapped(mutants)[:, steps] != points[:, steps]
    np.testing.assert_array_equal(moved, mutants[:, steps] != points[:, steps])


def test_tournaments_prefer_the_better_and_take_anybody_of_equals() -> None:
    generator = np.random.default_rng(0)
    ranks = np.arange(10.0)
    won = np.bincount(tournament(ranks, 40_000, 3, generator), minlength=10) / 40_000
    expected = ((np.arange(10) + 1) ** 3 - np.arange(10) ** 3) / 1000  # the best of three draws
    np.testing.assert_allclose(won, expected, atol=0.01)
    equal = np.bincount(tournament(np.full(4, -np.inf), 4000, 3, generator), minlength=4)
    assert (equal > 800).all()


def test_what_a_smooth_model_foretells() -> None:
    rng = np.random.default_rng(1)
    points = rng.random((60, 3))
    smooth = ((points - 0.4) ** 2).sum(axis=1)[:, None]
    noise = rng.standard_normal((60, 1))
    assert share_foretold(points, smooth) > 0.8
    assert share_foretold(points, noise) < 0.1
    assert share_foretold(points, np.full((60, 1), np.nan)) == share_foretold(points, np.ones((60, 1))) == 0.0
    partly = np.where(rng.random((60, 1)) < 0.5, np.nan, smooth)
    assert share_foretold(points, partly) > 0.6


def test_a_space_in_which_nothing_is_allowed_is_refused_before_the_run() -> None:
    with pytest.raises(SpaceError, match="leave nothing"):
        Genetic()(parse_space({"a": range(9), "x": {"type": "float", "low": 0, "high": 1}}, ["x > 2"]), 0, 10)
