"""Steps from a set: each against a search by hand, in both directions of the objective, and in plain words."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from admf.analysis.neighbours import DOWN, OTHER, UP, Step, Steps, steps_from
from admf.reports.step_words import step_sentence, worst_sentence

CELLS = [(a, b, m) for a, b, m in product((5, 10, 20), (0.1, 0.2, 0.4, 0.8), ("x", "y", "z"))]


def grid(seed: int = 0, hole: float = 0.1) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    cells = [CELLS[i] for i in rng.permutation(len(CELLS))]
    values = rng.normal(size=len(cells))
    values[rng.random(len(cells)) < hole] = np.nan
    kept = len(cells) - 4
    columns: dict[str, Any] = {n: [c[i] for c in cells[:kept]] for i, n in enumerate(("a", "b", "m"))}
    return {**columns, "value": values[:kept]}


def by_hand(columns: dict[str, Any], row: int) -> dict[tuple[str, str, Any], float | None]:
    """Every step of a set by looking it up among all others; None: not tried, or without a value."""
    sets = list(zip(columns["a"], columns["b"], columns["m"], strict=True))
    own, found = sets[row], {}
    for place, (name, values) in enumerate((("a", (5, 10, 20)), ("b", (0.1, 0.2, 0.4, 0.8)), ("m", "xyz"))):
        for i, value in enumerate(values):
            away = i - list(values).index(own[place])
            if value == own[place] or (name != "m" and abs(away) != 1):
                continue
            other = tuple(value if j == place else own[j] for j in range(3))
            score = columns["value"][sets.index(other)] if other in sets else np.nan
            step = OTHER if name == "m" else UP if away > 0 else DOWN
            found[name, step, value] = None if np.isnan(score) else float(score)
    return found


@pytest.mark.parametrize("maximize", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_steps_are_those_of_a_search_by_hand(seed: int, maximize: bool) -> None:
    columns = grid(seed)
    values, told = columns["value"], 0
    for row in np.flatnonzero(np.isfinite(values)).tolist():
        found = steps_from(columns, ("a", "b", "m"), row, maximize=maximize)
        assert found is not None
        assert {(one.parameter, one.step, one.at): one.value for one in found.steps} == by_hand(columns, row)
        assert found.spread == pytest.approx(np.nanstd(values))
        for one in found.steps:
            if one.value is None:
                assert one.change is one.loss is one.relative is None
                continue
            worse = values[row] - one.value if maximize else one.value - values[row]
            assert one.change == pytest.approx(one.value - values[row])
            assert one.loss == pytest.approx(worse)
            assert one.relative == pytest.approx(worse / np.nanstd(values))
            told += 1
        costs = [one.loss for one in found.steps if one.loss is not None and one.loss > 0.0]
        assert (found.worst.loss if found.worst else None) == max(costs, default=None)
    assert told > 50


def test_directions_end_where_nothing_further_was_tried() -> None:
    columns = {"a": [1, 2, 3, 1], "b": [1, 1, 1, 2], "c": [7] * 4, "value": np.array([3.0, 2.0, 1.0, 2.5])}
    found = steps_from(columns, ("a", "b", "c"), 0, maximize=True)
    assert found is not None
    assert found.ends == (("a", DOWN), ("b", DOWN))
    assert [(one.parameter, one.at, one.loss) for one in found.steps] == [("a", 2, 1.0), ("b", 2, 0.5)]
    assert steps_from(columns | {"value": np.array([np.nan] * 4)}, ("a",), 0, maximize=True) is None


def test_one_set_and_equal_scores_have_no_spread() -> None:
    alone = steps_from({"a": [1], "value": np.array([2.0])}, ("a",), 0, maximize=True)
    assert alone is not None
    assert (alone.spread, alone.steps, alone.worst) == (None, (), None)
    equal = steps_from({"a": [1, 2], "value": np.array([0.1, 0.1])}, ("a",), 0, maximize=True)
    assert equal is not None
    assert [(one.loss, one.relative) for one in equal.steps] == [(0.0, None)]
    assert steps_from({"value": np.array([2.0])}, (), 0, maximize=True) is not None


def test_of_equal_sets_the_one_with_a_value_counts() -> None:
    columns = {"a": [1, 2, 2, 2], "value": np.array([2.0, np.nan, 1.0, 0.0])}
    found = steps_from(columns, ("a",), 0, maximize=True)
    assert found is not None
    assert [(one.row, one.value) for one in found.steps] == [(2, 1.0)]


def test_a_parameter_that_is_absent_is_no_direction() -> None:
    columns = {"m": ["x", "x", "y"], "n": [1, 2, None], "value": np.array([1.0, 2.0, 3.0])}
    found = steps_from(columns, ("m", "n"), 2, maximize=True)
    assert found is not None
    assert [(one.parameter, one.row) for one in found.steps] == [("m", None)]  # n comes and goes with it


def _step(**changes: Any) -> Step:
    known: dict[str, Any] = {
        "parameter": "fast", "step": UP, "at": 25, "row": 3, "value": 0.38, "change": -0.12, "loss": 0.12,
        "relative": 0.8,
    }  # fmt: skip
    return Step(**known | changes)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (_step(), "fast: one step up, to 25, costs 0.120 sharpe, 0.8 of the spread of all scores."),
        (_step(step=DOWN, loss=-0.03, relative=None), "fast: one step down, to 25, gains 0.0300 sharpe."),
        (_step(change=0.0, loss=0.0), "fast: one step up, to 25, changes nothing."),
        (_step(row=None, change=None, loss=None), "fast: one step up, to 25, was not tried with all else equal."),
        (_step(change=None, loss=None), "fast: one step up, to 25, has no value."),
        (_step(step=OTHER, at=None), "fast: none instead costs 0.120 sharpe, 0.8 of the spread of all scores."),
    ],
)  # fmt: skip
def test_a_step_in_one_sentence(step: Step, says: str) -> None:
    assert step_sentence("sharpe", step, maximize=True) == says


def test_a_step_of_a_small_value_raises_or_lowers_it() -> None:
    step = _step(change=0.05, loss=0.05)
    assert step_sentence("max_drawdown", step, maximize=False).startswith(
        "fast: one step up, to 25, raises max drawdown by 5.0 %"
    )
    assert "lowers max drawdown by" in step_sentence("max_drawdown", _step(loss=-0.05), maximize=False)


def test_the_largest_drop_is_named() -> None:
    steps = (
        _step(loss=0.1),
        _step(parameter="slow", loss=0.4, relative=2.6),
        _step(loss=None, relative=None),
    )
    found = Steps(row=0, value=1.0, spread=0.15, steps=steps, ends=())
    assert worst_sentence("sharpe", found, maximize=True).startswith(
        "the largest drop is that of slow: one step up"
    )
    none = Steps(row=0, value=1.0, spread=0.15, steps=(_step(loss=-0.1),), ends=())
    assert worst_sentence("sharpe", none, maximize=True) == ""
