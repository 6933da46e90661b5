"""Values of parameters: canonical text, hash, and grids that are exactly the decimals written."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from admf.errors import SpaceError
from admf.model.space import Choice, Integer, Real, canonical, params_hash


def wrong(value: object) -> Any:
    """A value of a type that is not declared, as a user's config has it."""
    return value


def points(domain: Integer | Real | Choice) -> list[object]:
    assert domain.size is not None
    return domain.rows(np.arange(domain.size))


def test_canonical_is_sorted_exact_and_survives_json() -> None:
    params = {"slow": 20, "fast": 0.1, "stop": {"window": 14, "atr": 2.0}, "on": True, "none": None}
    text = canonical(params)
    assert text == '{"fast":0.1,"none":null,"on":true,"slow":20,"stop":{"atr":2.0,"window":14}}'
    assert canonical(json.loads(text)) == text
    assert canonical({"x": 0.1 + 0.2}) == '{"x":0.30000000000000004}'
    assert canonical({"x": np.float64(0.5), "n": np.int64(3), "z": -0.0}) == '{"n":3,"x":0.5,"z":0.0}'


def test_hash_is_of_the_text() -> None:
    # sha256 of '{"a":1}': printf '{"a":1}' | sha256sum
    assert params_hash({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert params_hash({"a": 1, "b": 2}) == params_hash({"b": 2, "a": 1})
    assert params_hash({"a": 1}) != params_hash({"a": True})


@pytest.mark.parametrize("value", [[1, 2], {1: 2}, float("nan"), float("inf"), 2**60, object(), {"a": [1]}])
def test_what_is_no_value(value: object) -> None:
    with pytest.raises(SpaceError):
        canonical({"x": value})


@pytest.mark.parametrize(
    ("low", "high", "step", "expected"),
    [
        (0, 0.3, 0.1, ["0.0", "0.1", "0.2", "0.3"]),  # LEGACY: FloatParameter(0, .3, step=.1) gave 0, .15, .3
        (0.05, 0.2, 0.05, ["0.05", "0.1", "0.15", "0.2"]),
        (-0.3, 0.3, 0.2, ["-0.3", "-0.1", "0.1", "0.3"]),
        (1, 2, 0.25, ["1.0", "1.25", "1.5", "1.75", "2.0"]),
        (1e-30, 3e-30, 1e-30, ["1e-30", "2e-30", "3e-30"]),
        (1e20, 3e20, 1e20, ["1e+20", "2e+20", "3e+20"]),
    ],
)
def test_stepped_floats_are_the_decimals_written(
    low: float, high: float, step: float, expected: list[str]
) -> None:
    assert [repr(x) for x in points(Real(low, high, step))] == expected


def test_stepped_floats_against_decimal_arithmetic() -> None:
    for low, step, n in [("0.001", "0.0007", 400), ("-12.5", "0.013", 999), ("1.1", "0.1", 300)]:
        high = Decimal(low) + n * Decimal(step)
        grid = points(Real(float(low), float(high), float(step)))
        assert grid == [float(Decimal(low) + i * Decimal(step)) for i in range(n + 1)]


def test_num_points_has_exact_ends_and_clean_inner_points() -> None:
    assert points(Real(0.01, 0.1, num_points=5)) == [0.01, 0.0325, 0.055, 0.0775, 0.1]
    third = points(Real(0, 1, num_points=4))
    assert third == [0.0, 0.3333333333333, 0.6666666666667, 1.0]
    assert points(Real(0.001, 1, num_points=4, log=True)) == [0.001, 0.01, 0.1, 1.0]
    assert points(Real(3, 3, num_points=1)) == [3.0]


def test_a_step_that_does_not_divide_names_the_nearest_highs() -> None:
    with pytest.raises(SpaceError, match=r"was 10 over 5 to 60\..*55 and 65"):
        Integer(5, 60, 10)
    with pytest.raises(SpaceError, match=r"0\.2 and 0\.3\."):
        Real(0, 0.25, 0.1)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Integer(10, 5), "low must not exceed high"),
        (lambda: Integer(1, 5, 0), "step must be above 0"),
        (lambda: Integer(1, 5, -1), "step must be above 0"),
        (lambda: Integer(wrong(1.5), 5), "low must be a whole number"),
        (lambda: Integer(True, 5), "low must be a number"),
        (lambda: Integer(0, 5, log=True), "low must be above 0"),
        (lambda: Integer(wrong("1"), 5), "Remove the quotes"),
        (lambda: Integer(0, 10**30), "2\\^53"),
        (lambda: Real(float("nan"), 5), "low must be finite"),
        (lambda: Real(0, float("inf")), "high must be finite"),
        (lambda: Real(0, 1, 0.1, 5), "not both"),
        (lambda: Real(0, 1, num_points=1), "num_points must be 2"),
        (lambda: Real(0, 1, num_points=10**9), "num_points must be 2"),
        (lambda: Real(1, 1 + 1e-15, num_points=100), "must fit"),
        (lambda: Real(0, 1e300, 1e-300), "2\\^53"),
        (lambda: Choice(()), "at least one value"),
        (lambda: Choice((1, 2, 1.0)), "twice"),
        (lambda: Choice(wrong(({"a": 1}, {"a": 1.0}))), "twice"),
    ],
)
def test_domains_that_do_not_hold(make: object, says: str) -> None:
    assert callable(make)
    with pytest.raises(SpaceError, match=says):
        make()


def test_true_and_one_are_two_values() -> None:
    choice = Choice((True, 1, "1", None))
    assert choice.objection(True) == ""
    assert choice.objection(False)


def test_whole_floats_are_integers() -> None:
    assert points(Integer(5.0, 15.0, 5.0)) == [5, 10, 15]  # type: ignore[arg-type]
    assert all(type(x) is int for x in points(Integer(5.0, 15.0, 5.0)))  # type: ignore[arg-type]
    assert Integer(5, 15, 5).objection(10.0) == ""
    assert Integer(5, 15, 5).objection(11)


def test_log_bins_are_even_in_the_logarithm() -> None:
    domain = Integer(1, 1000, log=True)
    drawn = domain.rows(domain.codes((np.arange(30_000) + 0.5) / 30_000))
    low = sum(1 for x in drawn if x <= 31)
    assert (
        0.45 < low / len(drawn) < 0.6
    )  # half of the decades from 0.5 to 1000.5 end near 22, and 31.6 is 10^1.5
    assert {min(drawn), max(drawn)} == {1, 1000}
