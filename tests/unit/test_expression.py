"""Expressions: what they mean, what they refuse, and that unknown is never taken for true."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from admf.errors import SpaceError
from admf.model.space import UNKNOWN, parse


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("fast < slow", {"fast": 5, "slow": 20}, True),
        ("5 <= fast < slow <= 200", {"fast": 5, "slow": 300}, False),
        ("3 * slow + 1", {"slow": 20}, 61),
        ("slow // 3 - slow % 3", {"slow": 20}, 4),
        ("-7 // 2", {}, -4),
        ("-2 ** 2", {}, -4),
        ("2 ** -1", {}, 0.5),
        ("max(a, b, 3) + min(a, b) + abs(-2)", {"a": 1, "b": 9}, 12),
        ("round(2.5) + round(1.25, 1)", {}, 3.2),
        ("trend.fast * 2 < trend.slow", {"trend.fast": 5, "trend.slow": 11}, True),
        ("simulation.stop_loss == null", {"simulation.stop_loss": None}, True),
        ("stop is not None", {"stop": {"atr": 2}}, True),
        ("mode in ('x', 'y') and not flag", {"mode": "y", "flag": False}, True),
        ("mode not in ['x']", {"mode": "y"}, True),
        ("flag == true", {"flag": True}, True),
        ("mode == 1", {"mode": "1"}, False),
        ("'a' < mode", {"mode": "b"}, True),
        ("mode", {"mode": "x"}, "x"),
        ("null", {}, None),
        ("+a", {"a": 3}, 3),
    ],
)
def test_value(text: str, values: dict[str, object], expected: object) -> None:
    found = parse(text).evaluate(values)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("stop > 0.01", {"stop": None}),
        ("not (stop > 0.01)", {"stop": None}),
        ("stop < 1", {"stop": {"atr": 2}}),
        ("stop + 1 > 0", {"stop": "text"}),
        ("mode < 1", {"mode": "a"}),
        ("1 / a > 0", {"a": 0}),
        ("1 % a == 0", {"a": 0}),
        ("1 // a == 0", {"a": 0.0}),
        ("0 ** a > 0", {"a": -1}),
        ("a ** 0.5 > 0", {"a": -8}),
        ("a ** a > 0", {"a": 1000}),
        ("a * a > 0", {"a": 2**40}),
        ("a * a > 0", {"a": 1e200}),
        ("absent > 0", {}),
        ("round(a) > 0", {"a": 1e300}),
    ],
)
def test_no_answer_is_unknown_and_does_not_hold(text: str, values: dict[str, object]) -> None:
    assert parse(text).evaluate(values) is UNKNOWN
    assert not parse(text).holds(values)


def test_unknown_is_three_valued_in_either_order() -> None:
    values = {"stop": None}
    assert parse("stop > 0.01 or stop == null").holds(values)
    assert parse("stop == null or stop > 0.01").holds(values)
    assert parse("stop > 0.01 and stop != null").evaluate(values) is False


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("fast < __import__('os')", 8, "cannot be called"),
        ("fast + open('x')", 8, "cannot be called"),
        ("fast.bit_length() < 3", 1, "a call"),
        ("(1).real < fast", 1, "an attribute of a value"),
        ("'x'.upper == fast", 1, "an attribute of a value"),
        ("fast[0] < 3", 1, "a subscript"),
        ("fast < (lambda: 3)", 9, "a lambda"),
        ("[x for x in fast]", 1, "a comprehension"),
        ("fast == f'{slow}'", 9, "an f-string"),
        ("(fast := 3) < 4", 2, "an assignment"),
        ("3 if fast else 4", 1, "a conditional expression"),
        ("fast == (1, 2)", 9, "a tuple outside 'in'"),
        ("fast in slow", 9, "'in' must be followed by"),
        ("fast & slow", 1, "'&'"),
        ("fast ^ slow", 1, "an operator"),
        ("~fast", 1, "an operator"),
        ("fast is 3", 9, "'is' compares only with null"),
        ("min(fast) < 3", 1, "2 or more arguments"),
        ("abs(1, 2) < 3", 1, "takes 1 arguments"),
        ("max(*fast) < 3", 1, "2 or more arguments"),
        ("round(fast, slow) < 3", 13, "digits"),
        ("fast < 1e999", 8, "finite"),
        ("fast < 3j", 8, "3j"),
        ("fast == b'x'", 9, "b'x'"),
        ("fast == ...", 9, "Ellipsis"),
        ("fast < < 3", 8, "readable"),
        ("fast <", 7, "readable"),
        ("é < open(1)", 5, "cannot be called"),
    ],
)
def test_refusals_name_the_column(text: str, column: int, says: str) -> None:
    with pytest.raises(SpaceError) as caught:
        parse(text)
    assert f"col {column} of '{text}'" in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("fast = slow", "'=='"), ("fast && slow", "'and'"), ("a || b", "'or'"), ("maxx(a, b) > 1", "'max'")],
)
def test_hints(text: str, hint: str) -> None:
    with pytest.raises(SpaceError, match=hint):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "(" * 300,
        "-" * 900 + "1",
        "1+" * 400 + "1",
        "a" * 2000,
        "\x00",
        "not " * 200 + "a",
        "a\\",
        "9" * 999,
    ],
)
def test_too_long_too_deep_or_nothing(text: str) -> None:
    with pytest.raises(SpaceError):
        parse(text)


def test_not_a_text() -> None:
    with pytest.raises(SpaceError, match="must be a text"):
        parse(3)


def test_names_and_their_check() -> None:
    expression = parse("fast < slow and trend.fast in (fast, 3)")
    assert expression.names == ("fast", "slow", "trend.fast")
    expression.check_names(["fast", "slow", "trend.fast"])
    with pytest.raises(SpaceError) as caught:
        expression.check_names(["fast", "slw", "trend.slow"])
    assert len(caught.value.problems) == 2
    assert "col 8" in str(caught.value.problems[0])
    assert "Did you mean 'slw'?" in str(caught.value.problems[0])


def test_hashable_and_picklable() -> None:
    expression = parse("fast < slow or mode in ('a', 'b')")
    assert pickle.loads(pickle.dumps(expression)) == expression
    assert hash(expression) == hash(parse("fast < slow or mode in ('a', 'b')"))
    assert parse(expression) is expression


def test_columns_of_any_type() -> None:
    stop = np.array([None, 0.02, {"atr": 2}, 0.5, None], dtype=object)
    mode = np.array(["x", "y", "x", "y", "y"])
    fast = np.array([1, 2, 3, 4, 5])
    expression = parse("(stop == null or stop < 0.1) and (mode == 'y' or fast < 2)")
    assert expression.columns({"stop": stop, "mode": mode, "fast": fast}).tolist() == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(SpaceError, match="one length"):
        parse("a < b").columns({"a": np.arange(3), "b": np.arange(4)})


def test_many_lines_are_one() -> None:
    assert parse("fast <\n   slow").text == "fast < slow"
