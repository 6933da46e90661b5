"""Laws of parameter spaces against naive oracles, and fuzz: nothing but SpaceError ever comes out."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admf.errors import SpaceError
from admf.model.space import UNKNOWN, Space, canonical, parse, parse_space

QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = ("a", "b", "c", "d")

scalars = st.one_of(
    st.integers(-3, 5),
    st.sampled_from([0.5, -1.5, 2.0]),
    st.sampled_from(["x", "y"]),
    st.none(),
    st.booleans(),
)
numbers = st.one_of(st.integers(-6, 6), st.sampled_from([0.5, -1.5, 2.0, 1e200]))


@st.composite
def choices(draw: st.DrawFn) -> list[object]:
    values = draw(st.lists(scalars, min_size=1, max_size=4))
    kept: dict[str, object] = {}
    for value in values:
        kept.setdefault(canonical({"v": float(value) if type(value) is int else value}), value)
    return list(kept.values())


@st.composite
def texts(draw: st.DrawFn, depth: int = 3) -> str:
    """An expression over NAMES in the language."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(
            st.one_of(
                st.sampled_from(NAMES), st.integers(0, 6).map(str), st.sampled_from(["0.5", "'x'", "None"])
            )
        )
    left, right = draw(texts(depth=depth - 1)), draw(texts(depth=depth - 1))
    op = draw(
        st.sampled_from(
            [
                "+",
                "-",
                "*",
                "/",
                "//",
                "%",
                "**",
                "<",
                "<=",
                "==",
                "!=",
                "and",
                "or",
                "not",
                "in",
                "min",
                "-x",
            ]
        )
    )
    match op:
        case "not":
            return f"(not {left})"
        case "in":
            return f"({left} in ({right}, 1, 'x'))"
        case "min":
            return f"max({left}, abs({right}))"
        case "-x":
            return f"(-{left})"
        case _:
            return f"({left} {op} {right})"


@st.composite
def spaces(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    raw: dict[str, Any] = {}
    for i, name in enumerate(NAMES[: draw(st.integers(1, 4))]):
        values = draw(choices())
        form: dict[str, Any] = {"values": values}
        if i and draw(st.booleans()):
            form["when"] = f"{draw(st.sampled_from(NAMES[:i]))} == {draw(scalars)!r}"
        raw[name] = form
    names = list(raw)
    lines = [f"{x} < {y}" for x in names for y in names if draw(st.integers(0, 5)) == 0]
    return raw, lines


def naive_grid(space: Space) -> list[dict[str, object]]:
    """All products, inactive parameters removed, repeats dropped, constraints asked one by one."""
    found: dict[str, dict[str, object]] = {}
    columns = [parameter.domain.rows(np.arange(parameter.domain.size or 0)) for parameter in space.parameters]
    for values in itertools.product(*columns):
        params = dict(zip(space.names, values, strict=True))
        for parameter in space.parameters:  # declared after what its condition reads
            if parameter.when is not None and not parameter.when.holds(params):
                del params[parameter.name]
        if all(satisfied(constraint, params) for constraint in space.constraints):
            found.setdefault(canonical(params), params)
    return list(found.values())


def satisfied(constraint: Any, params: dict[str, object]) -> bool:
    value = constraint.evaluate(params)
    if value is UNKNOWN:
        return any(name not in params for name in constraint.names)
    return bool(value)


@QUICK
@given(spaces())
def test_the_grid_is_the_filtered_product(drawn: tuple[dict[str, Any], list[str]]) -> None:
    space = parse_space(*drawn)
    grid = list(space.grid())
    expected = naive_grid(space)
    assert [canonical(params) for params in grid] == [canonical(params) for params in expected]
    assert space.size == math.prod(len(form["values"]) for form in drawn[0].values())
    assert space.count() == len(expected)
    assert all(space.contains(params) for params in grid)


@QUICK
@given(spaces(), st.integers(0, 2**32 - 1))
def test_the_unit_cube_maps_into_the_space(drawn: tuple[dict[str, Any], list[str]], seed: int) -> None:
    space = parse_space(drawn[0])
    sets = space.from_unit(np.random.default_rng(seed).random((50, space.dimensions)))
    inside = {canonical(params) for params in space.grid()}
    assert {canonical(params) for params in sets} <= inside


@QUICK
@given(texts(), st.lists(st.tuples(*[scalars] * 4), min_size=1, max_size=8))
def test_columns_say_what_single_sets_say(text: str, rows: list[tuple[object, ...]]) -> None:
    try:
        expression = parse(text)
    except SpaceError:
        return
    columns = {
        name: np.array([row[i] for row in rows] + [{}], dtype=object)[:-1] for i, name in enumerate(NAMES)
    }
    found = expression.columns(columns).tolist()
    expected = [expression.holds(dict(zip(NAMES, row, strict=True))) for row in rows]
    assert (found if expression.names else found * len(rows)) == expected


@QUICK
@given(texts(), st.lists(st.tuples(*[numbers] * 4), min_size=1, max_size=8))
def test_numeric_columns_say_what_single_sets_say(text: str, rows: list[tuple[Any, ...]]) -> None:
    try:
        expression = parse(text)
    except SpaceError:
        return
    columns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(NAMES)}
    found = expression.columns(columns).tolist()
    expected = [expression.holds({name: columns[name][i].item() for name in NAMES}) for i in range(len(rows))]
    assert (found if expression.names else found * len(rows)) == expected


def python_says(text: str, values: dict[str, object]) -> object:
    """What Python itself computes; UNKNOWN where it raises or leaves the range of the language."""
    try:
        value = eval(text, {"__builtins__": {"max": max, "abs": abs}}, values)  # the oracle, on our own text
    except (ArithmeticError, TypeError):
        return UNKNOWN
    return value


@settings(max_examples=300, deadline=None)
@given(texts(depth=2), st.tuples(*[st.integers(-6, 6)] * 4))
def test_python_is_the_oracle_where_all_is_numeric(text: str, row: tuple[int, ...]) -> None:
    """Without texts and nulls, and where Python has an answer of moderate size, both agree."""
    if "'" in text or "None" in text:
        return
    values: dict[str, object] = dict(zip(NAMES, row, strict=True))
    expected, found = python_says(text, values), parse(text).evaluate(values)
    if expected is UNKNOWN or found is UNKNOWN or isinstance(expected, complex):
        return  # three-valued logic is tested on its own
    if " and " in text or " or " in text:
        return  # Python's `and` gives an operand, ours gives a bool
    assert isinstance(found, int | float)
    assert isinstance(expected, int | float)
    assert float(found) == pytest.approx(float(expected), rel=1e-15)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab01.,()[]{}<>=!+-*/%'\" \n\\:@&|~^_xinotrdlm", max_size=40))
def test_any_text_is_an_expression_or_a_space_error(text: str) -> None:
    try:
        expression = parse(text)
    except SpaceError:
        return
    expression.evaluate({"a": 3, "b": 0})
    expression.evaluate({"a": None, "b": "x"})


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.integers(-5, 50),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from(["int", "float", "log", "bool", "categorical", "a == 1", "b < a", "mode == 'x'"]),
    st.just(range(3)),
    st.just(np.array([1.5, 2.5])),
    st.just({1, 2}),
)
KEYS = (
    "type low high min max step num_points range values choices options log log_scale when default ordinal "
    "name parameters value a b stepp"
)
keys = st.sampled_from(KEYS.split())
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(keys, inner, max_size=5),
        st.builds(lambda low, high, step: {"low": low, "high": high, "step": step}, inner, inner, inner),
    ),
    max_leaves=12,
)


def behaves(space: Space) -> None:
    space.count(10_000)
    for params in space.from_unit(np.linspace(0, 1, 5)[:, None].repeat(space.dimensions, axis=1)):
        canonical(params)
        assert not [p for p in space.objections(params) if "constraint" not in p.says]


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(trees, st.dictionaries(st.sampled_from(["a", "b", "mode", ""]), trees, max_size=4)),
    st.lists(leaves, max_size=2),
)
def test_any_raw_space_is_a_space_or_a_space_error(raw: object, constraints: list[object]) -> None:
    try:
        space = parse_space(raw, constraints)
    except SpaceError as error:
        said = [problem.says for problem in error.problems]
    else:
        said = ["nothing"]
        behaves(space)
    assert said
    assert all(said)
