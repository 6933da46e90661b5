"""Every form of a parameter space, of this and the older systems; every problem at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from admf.errors import SpaceError
from admf.model.space import Choice, Integer, Real, Space, parse_space


def points(raw: object) -> list[Any]:
    return [params["p"] for params in parse_space({"p": raw}).grid()]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([5, 10, 20], [5, 10, 20]),
        ((5, 10), [5, 10]),
        ([5.0, 10], [5.0, 10]),
        (range(5, 20, 5), [5, 10, 15]),
        (range(3, 0, -1), [3, 2, 1]),
        (np.array([5, 10]), [5, 10]),
        (np.array([0.5, 1.5]), [0.5, 1.5]),
        ({"min": 5, "max": 15, "step": 5}, [5, 10, 15]),
        ({"min_value": 5, "max_value": 7}, [5, 6, 7]),
        ({"low": 1, "high": 3}, [1, 2, 3]),
        ({"low": 5.0, "high": 10.0, "step": 5}, [5.0, 10.0]),
        ({"type": "int", "low": 5.0, "high": 10.0, "step": 5.0}, [5, 10]),
        ({"type": "integer", "min": 5, "max": 10, "step": 5, "description": "d"}, [5, 10]),
        ({"type": "INT", "range": (5, 7), "default": 6}, [5, 6, 7]),
        ({"type": "float", "range": [0, 0.3], "step": 0.1}, [0.0, 0.1, 0.2, 0.3]),
        ({"type": "float", "min": 0.01, "max": 0.1, "num_points": 4}, [0.01, 0.04, 0.07, 0.1]),
        ({"type": "continuous", "low": 0, "high": 1, "step": 0.5}, [0.0, 0.5, 1.0]),
        ({"type": "real", "low": 0, "high": 1, "num_points": 2}, [0.0, 1.0]),
        ({"type": "discrete", "values": [3, 1]}, [3, 1]),
        ({"type": "discrete", "min": 1, "max": 2}, [1, 2]),
        ({"type": "categorical", "options": ["open", "close"]}, ["open", "close"]),
        ({"type": "choice", "choices": ["a", None]}, ["a", None]),
        ({"categories": ["a", "b"]}, ["a", "b"]),
        ({"type": "boolean"}, [False, True]),
        ({"type": "bool", "choices": [True]}, [True]),
        ({"type": "log", "low": 0.01, "high": 1, "num_points": 3}, [0.01, 0.1, 1.0]),
        ({"type": "loguniform", "low": 0.01, "high": 1, "num_points": 3}, [0.01, 0.1, 1.0]),
        ({"type": "float", "log": True, "low": 0.01, "high": 1, "num_points": 3}, [0.01, 0.1, 1.0]),
        ({"type": "int", "log": True, "low": 1, "high": 100, "num_points": 3}, [1, 10, 100]),
        ({"type": "int", "low": 1, "high": 10, "num_points": 3}, [1, 6, 10]),
        ({"type": "int", "low": 0, "high": 100, "num_points": 3}, [0, 50, 100]),
        ({"type": "int", "values": [5.0, 10.0]}, [5, 10]),
        ({"type": "float", "values": [5, 10]}, [5.0, 10.0]),
        ({"range": [5, 15, 5]}, [5, 10, 15]),
        ({"value": 7}, [7]),
        ({"low": 1, "high": 2, "step": None, "values": None}, [1, 2]),
        ([None, 0.02, {"atr": 2, "window": 14}], [None, 0.02, {"atr": 2, "window": 14}]),
        (7, [7]),
        ("text", ["text"]),
        (None, [None]),
        (True, [True]),
        (np.int64(3), [3]),
    ],
)
def test_forms_of_one_parameter(raw: object, expected: list[object]) -> None:
    found = points(raw)
    assert found == expected
    assert [type(x) for x in found] == [type(x) for x in expected]


def test_kinds() -> None:
    space = parse_space(
        {
            "a": [1, 2.5],
            "b": ["x", "y"],
            "c": {"type": "categorical", "choices": [1, 2]},
            "d": {"choices": ["low", "mid"], "ordinal": True},
            "e": [True, False],
            "f": {"type": "float", "low": 0, "high": 1},
            "g": {"type": "int", "low": 1, "high": 64, "log_scale": True, "default": 8},
        }
    )
    domains = {parameter.name: parameter.domain for parameter in space.parameters}
    ordinal = {name: domain.ordinal for name, domain in domains.items() if isinstance(domain, Choice)}
    assert ordinal == {"a": True, "b": False, "c": False, "d": True, "e": False}
    assert domains["f"] == Real(0.0, 1.0)
    assert domains["g"] == Integer(1, 64, 1, True)
    assert space.parameters[-1].default == 8
    assert space.size is None
    assert space.dimensions == 7


def test_lists_of_entries_and_parameter_files() -> None:
    entries = [
        {"name": "fast", "type": "integer", "min": 5, "max": 10, "step": 5},
        {"name": "m", "options": ["a"]},
    ]
    expected = parse_space({"fast": [5, 10], "m": ["a"]})
    for raw in (entries, {"parameters": entries}, {"name": "file", "parameters": entries}):
        assert list(parse_space(raw).grid()) == list(expected.grid())


def test_nested_parts_become_dotted() -> None:
    space = parse_space(
        {
            "trend": {
                "fast": [5, 10],
                "slow": {"low": 20, "high": 30, "step": 10},
                "inner": {"low": [1], "high": [2]},
            },
            "simulation.stop_loss": [None, 0.02],
            "weight": 0.5,
        },
        ["trend.fast * 4 <= trend.slow"],
    )
    assert space.names == (
        "trend.fast",
        "trend.slow",
        "trend.inner.low",
        "trend.inner.high",
        "simulation.stop_loss",
        "weight",
    )
    assert space.count() == 2 * 2  # 5/20 and 5/30, not 10/20 and 10/30; each with two stops


def test_conditions() -> None:
    space = parse_space({"mode": ["x", "y"], "depth": {"low": 1, "high": 2, "when": "mode == 'x'"}})
    assert list(space.grid()) == [{"mode": "x", "depth": 1}, {"mode": "x", "depth": 2}, {"mode": "y"}]


class IntegerParameter:
    def __init__(self, name: str, low: int, high: int, step: int = 1) -> None:
        self.name, self.min_value, self.max_value, self.step, self.log_scale = name, low, high, step, False


class FloatParameter:
    def __init__(self, name: str, low: float, high: float, step: float | None = None) -> None:
        self.name, self.min_value, self.max_value, self.step, self.num_points = name, low, high, step, 10


class BooleanParameter:
    def __init__(self, name: str) -> None:
        self.name = name


def test_objects_of_the_older_systems() -> None:
    t = SimpleNamespace(
        parameters=[IntegerParameter("n", 5, 15, 5), FloatParameter("x", 0, 0.3, 0.1), BooleanParameter("b")]
    )
    assert parse_space(t).size == 3 * 4 * 2
    assert [p["x"] for p in parse_space([FloatParameter("x", 0.0, 0.9)]).grid()][:2] == [0.0, 0.1]
    a = SimpleNamespace(
        parameters={
            "period": SimpleNamespace(
                name="period",
                param_type="discrete",
                values=[9, 14],
                min_value=None,
                max_value=None,
                step=None,
                default=14,
            ),
            "k": SimpleNamespace(
                name="k", param_type=SimpleNamespace(value="continuous"), min_value=0, max_value=1
            ),
        },
        subspaces={"rsi": SimpleNamespace(parameters={"level": [20, 30]})},
    )
    space = parse_space(a)
    assert space.names == ("period", "k", "rsi.level")
    assert space.parameters[0].default == 14
    assert space.parameters[1].domain == Real(0.0, 1.0)
    conditional = SimpleNamespace(name="c", parent_parameter="mode", value_map={"x": [1]}, default=1)
    with pytest.raises(SpaceError, match="Write it with when:"):
        parse_space({"c": conditional})


def test_all_problems_at_once_each_with_its_place() -> None:
    raw = {
        "fast": {"low": 60, "high": 5},
        "slow": {"low": 5, "high": 60, "stepp": 5},
        "mode": {"type": "categoricl", "choices": []},
        "part": {"x": [], "y": [1, 1]},
        "typo": {"lo": 5, "hi": 60},
        "ok": [1],
    }
    with pytest.raises(SpaceError) as caught:
        parse_space(raw, ["ok <", 3])
    places = [problem.where for problem in caught.value.problems]
    assert places == [
        "space.fast",
        "space.slow",
        "space.mode",
        "space.part.x",
        "space.part.y",
        "space.typo",
        "constraints[0]",
        "constraints[1]",
    ]
    assert "Did you mean 'step'?" in str(caught.value)
    assert "Did you mean 'categorical'?" in str(caught.value)


def test_places_inside_a_config() -> None:
    where = "components.ma.space"
    with pytest.raises(SpaceError) as caught:
        parse_space({"fast": [1]}, ["fst > 0"], where)
    assert [problem.where for problem in caught.value.problems] == ["components.ma.constraints[0]"]
    assert "Did you mean 'fast'?" in str(caught.value)
    with pytest.raises(SpaceError) as caught:
        parse_space({"fast": {"values": [1], "when": "slw == 1"}, "slow": [1]}, (), where)
    assert [problem.where for problem in caught.value.problems] == ["components.ma.space.fast"]


@pytest.mark.parametrize(
    "raw",
    [
        {"p": {}},
        {"p": []},
        {"p": {1, 2}},
        {"p": {"type": "int"}},
        {"p": {"type": "categorical"}},
        {"p": {"low": 1, "min": 1, "high": 2}},
        {"p": {"low": 1}},
        {"p": {"low": "1e-3", "high": 2}},
        {"p": {"low": True, "high": 2}},
        {"p": {"range": [1, 2], "low": 1}},
        {"p": {"range": [1]}},
        {"p": {"values": "abc"}},
        {"p": {"values": [1], "step": 2}},
        {"p": {"type": "bool", "low": 1}},
        {"p": {"type": "bool", "values": [0, 1]}},
        {"p": {"type": "int", "values": [1.5]}},
        {"p": {"type": "float", "values": ["a"]}},
        {"p": {"type": "log", "values": [1]}},
        {"p": {"type": "log", "low": 0, "high": 1}},
        {"p": {"type": "int", "low": 0, "high": 9, "step": 3, "num_points": 4}},
        {"p": {"low": 1, "high": 2, "log": "yes"}},
        {"p": {"low": 1, "high": 2, "ordinal": True}},
        {"p": {"low": 1, "high": 2, "when": "p == 1"}},
        {"p": {"low": 1, "high": 2, "when": 3}},
        {"p": {"low": 1, "high": 2, "default": [object()]}, "q": []},
        {"p": np.zeros((2, 2))},
        {"p": object()},
        {"p": lambda: 3},
        {"p": range(0)},
        {3: [1]},
        {"": [1]},
        [{"nme": "a", "low": 1, "high": 2}],
        [3],
        "fast",
        None,
        3,
        [{"name": "a", "values": [1]}, {"name": "a", "values": [2]}],
        {"a": {"values": [1], "when": "b == 1"}, "b": {"values": [1], "when": "a == 1"}},
    ],
)
def test_what_is_no_space(raw: object) -> None:
    with pytest.raises(SpaceError):
        parse_space(raw)


def test_a_space_passes_through_and_takes_more_constraints() -> None:
    space = parse_space({"a": [1, 2, 3]}, "a > 1")
    assert parse_space(space) == space
    assert isinstance(space, Space)
    assert parse_space(space, ["a < 3"]).count() == 1
