"""A space's size, grid, membership and sampling, on examples worked out by hand."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest

from admf.errors import SpaceError
from admf.model.space import Integer, Parameter, Real, Space, parse, parse_space


def test_odometer_order_last_parameter_fastest() -> None:
    space = parse_space({"a": [1, 2], "b": ["x", "y"]})
    assert list(space.grid()) == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    ]


def test_the_grid_of_the_contract() -> None:
    raw = {
        "fast": {"type": "int", "low": 5, "high": 60, "step": 5},
        "slow": {"type": "int", "low": 20, "high": 240, "step": 10},
        "simulation.stop_loss": [None, 0.02, {"atr": 2, "window": 14}],
    }
    space = parse_space(raw, ["fast < slow"])
    assert space.size == 12 * 23 * 3
    pairs = [(f, s) for f in range(5, 61, 5) for s in range(20, 241, 10) if f < s]
    assert space.count() == 3 * len(pairs)
    assert [(p["fast"], p["slow"]) for p in space.grid()][::3] == pairs


def test_mappings_are_new_dicts_each_time() -> None:
    first, second = parse_space({"stop": [{"atr": 2}], "n": [1, 2]}).grid()
    first["stop"]["atr"] = 99
    assert second["stop"] == {"atr": 2}


def test_chained_conditions_collapse_duplicates() -> None:
    raw = {
        "late": {"values": [1, 2], "when": "middle > 1"},  # reads what is declared after it
        "middle": {"values": [1, 2], "when": "mode == 'x'"},
        "mode": ["x", "y"],
    }
    space = parse_space(raw)
    assert space.size == 8
    found = list(space.grid())
    assert sorted(map(str, found)) == sorted(
        map(
            str,
            [
                {"middle": 1, "mode": "x"},
                {"mode": "y"},
                {"late": 1, "middle": 2, "mode": "x"},
                {"late": 2, "middle": 2, "mode": "x"},
            ],
        )
    )
    assert space.count() == 4
    assert all(space.contains(params) for params in found)


def test_a_constraint_on_an_inactive_parameter_does_not_apply() -> None:
    raw = {"mode": ["x", "y"], "n": {"values": [1, 2], "when": "mode == 'x'"}}
    assert list(parse_space(raw, ["n > 1"]).grid()) == [{"mode": "x", "n": 2}, {"mode": "y"}]
    assert list(parse_space(raw, ["mode == 'x' and n > 1"]).grid()) == [{"mode": "x", "n": 2}]


def test_a_constraint_without_an_answer_is_not_satisfied() -> None:
    space = parse_space({"stop": [None, 0.01, 0.05]}, ["stop > 0.02"])
    assert list(space.grid()) == [{"stop": 0.05}]


def test_huge_spaces_are_counted_skipped_and_cut_early() -> None:
    huge = parse_space({f"p{i}": range(1000) for i in range(40)})
    assert huge.size == huge.count() == 1000**40
    far = list(next(huge.grid(7 * 1000**39 + 123_456 * 1000**20 + 42)).values())
    assert {i: digit for i, digit in enumerate(far) if digit} == {0: 7, 18: 123, 19: 456, 39: 42}
    branches = {
        f"{c}{i}": {"low": 1, "high": 10, "when": f"mode == '{c}'"} for c in "abcdefghij" for i in range(3)
    }
    modes = parse_space({"mode": list("abcdefghij"), **branches})
    assert modes.size == 10**31
    assert modes.count() == 10 * 1000
    assert sum(1 for _ in modes.grid()) == 10_000


def test_count_gives_up_where_it_would_take_too_long() -> None:
    space = parse_space({"a": range(10_000), "b": range(10_000)}, ["a * b == 7"])
    assert space.count() is None
    assert parse_space({"a": {"type": "float", "low": 0, "high": 1}}).count() is None


@pytest.mark.parametrize("start", [0, 1, 7, 59, 60, 1000])
@pytest.mark.parametrize("constraints", [(), ("a < b",), ("b != 2", "a + c > 3")])
def test_skipping_is_slicing(start: int, constraints: tuple[str, ...]) -> None:
    space = parse_space({"a": range(4), "b": range(3), "c": range(5)}, constraints)
    assert list(space.grid(start)) == list(itertools.islice(space.grid(), start, None))


def test_chunks_have_the_size_asked_for() -> None:
    space = parse_space({"a": range(50), "b": range(50)}, ["a < b"])
    chunks = list(space.grid_chunks(100))
    assert {len(chunk) for chunk in chunks[:-1]} == {100}
    assert [params for chunk in chunks for params in chunk] == list(space.grid())


def test_a_continuous_parameter_has_no_grid() -> None:
    with pytest.raises(SpaceError, match="level: a grid needs points"):
        list(parse_space({"level": {"type": "float", "low": 0, "high": 1}}).grid())


def test_membership_says_why_not() -> None:
    raw = {"n": range(5, 20, 5), "x": {"low": 0, "high": 0.3, "step": 0.1}, "mode": ["a", "b"]}
    space = parse_space({**raw, "k": {"values": [1, 2], "when": "mode == 'a'"}}, ["n < 15 or x > 0"])
    inside = {"n": 5, "x": 0.3, "mode": "a", "k": 1}
    assert space.contains(inside)
    assert space.contains({**inside, "n": 5.0})
    for wrong, where in [
        ({**inside, "n": 7}, "n"),
        ({**inside, "n": True}, "n"),
        ({**inside, "n": [5]}, "n"),
        ({**inside, "x": 0.30000000000000004}, "x"),
        ({**inside, "x": 0.25}, "x"),
        ({"n": 5, "x": 0.3, "mode": "c"}, "mode"),
        ({**inside, "mode": "b"}, "k"),
        ({"n": 5, "x": 0.3, "mode": "a"}, "k"),
        ({**inside, "m": 1}, "m"),
        ({**inside, "n": 15, "x": 0.0}, ""),
    ]:
        problems = space.objections(wrong)
        assert [problem.where for problem in problems] == [where], problems


def test_unit_cube_to_sets() -> None:
    space = Space(
        (
            Parameter("n", Integer(1, 4)),
            Parameter("fixed", Integer(3, 3)),
            Parameter("x", Real(0.01, 1.0, log=True)),
        )
    )
    u = np.array([[0.0, 0.0], [0.25, 0.5], [0.999, 1.0], [1.0, 0.25]])
    sets = space.from_unit(u)
    assert [params["n"] for params in sets] == [1, 2, 4, 4]
    assert {params["fixed"] for params in sets} == {3}
    assert [params["x"] for params in sets] == pytest.approx([0.01, 0.1, 1.0, 0.01 * 100**0.25])
    with pytest.raises(SpaceError, match="shape"):
        space.from_unit(np.zeros((2, 3)))
    with pytest.raises(SpaceError, match="unit cube"):
        space.from_unit(np.full((1, 2), np.nan))


def test_rules_that_do_not_hold() -> None:
    a, b = Parameter("a", Integer(1, 2), parse("b == 1")), Parameter("b", Integer(1, 2), parse("a == 1"))
    with pytest.raises(SpaceError, match="circle"):
        Space((a, b))
    with pytest.raises(SpaceError, match="twice"):
        Space((b, b))
    with pytest.raises(SpaceError, match="must name a parameter"):
        parse_space({"a": [1]}, ["1 < 2"])


def test_a_space_without_parameters_has_one_set() -> None:
    space = parse_space({})
    assert (space.size, space.count(), list(space.grid())) == (1, 1, [{}])


def test_picklable() -> None:
    space = parse_space({"a": [None, {"atr": 2}], "b": range(3)}, ["b > 0"])
    assert list(pickle.loads(pickle.dumps(space)).grid()) == list(space.grid())
    assert pickle.loads(pickle.dumps(space)) == space
