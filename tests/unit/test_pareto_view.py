"""The front on the report: what is drawn, what is chosen, and the odd fronts that it must survive."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from admf.reports import pareto_view as views
from admf.reports.facts import CostFacts, DataFacts, RunFacts, Span, StudyFacts
from admf.reports.pareto_view import ParetoView, pareto_view

TWO = (("sharpe", True), ("max_drawdown", False))
EVIL = "</script><script>alert(1)</script>"


def view_of(values: Any, several: Any = TWO, **columns: Any) -> ParetoView | None:
    """The view of a study with these objectives, (n, K)."""
    values = np.array(values, float)
    n = len(values)
    facts = RunFacts(
        name="two", created="2024-05-01 12:00", admf_version="0", objective=several[0][0], maximize=True,
        several=several, costs=CostFacts(given=True), folder="runs/two",
        data=DataFacts(
            source="x", symbols=("X",), mined=Span(bars=9, first="a", last="b"), sealed=None, embargo=0,
            bars_per_year=252.0,
        ),
    )  # fmt: skip
    known: dict[str, Any] = {
        "trial_id": [f"1.c.{i}" for i in range(n)], "proposal": np.arange(n), "outcome": ["scored"] * n,
        "value": values[:, 0], "reason": [None] * n, "seed": np.full(n, 2**62 + 1), "a": list(range(n)),
        **{name: values[:, i] for i, (name, _) in enumerate(several)},
    }  # fmt: skip
    study = StudyFacts(
        component="c", method="grid", stage="s", trials=n, params=("a",), columns=known | columns
    )
    return pareto_view(facts, study)


def trace(view: ParetoView, name: str, figure: int = 0) -> Any:
    return next(one for one in view.figures[figure][1]["data"] if one.get("name") == name)


def test_front_others_stairs_and_knee() -> None:
    view = view_of([[0.0, 0.9], [1.0, 0.5], [0.9, 0.2], [0.2, 0.1], [np.nan, 0.0], [0.5, np.nan]])
    assert view is not None
    assert [row.trial for row in view.rows] == ["1.c.1", "1.c.2", "1.c.3"]
    assert [row.knee for row in view.rows] == [False, True, False]
    assert (view.first, view.knee) == (1, 1)
    assert trace(view, "front")["x"] == [1.0, 0.9, 0.2]
    assert trace(view, "other sets")["customdata"] == [3]
    stairs = view.figures[0][1]["data"][1]
    corners = list(zip(stairs["x"], stairs["y"], strict=True))
    assert corners == [
        (0.2, 0.1),
        (0.2, 0.2),
        (0.9, 0.2),
        (0.9, 0.5),
        (1.0, 0.5),
    ]
    assert view.choices["trial"] == ["1.c.1", "1.c.2", "1.c.3", "1.c.0"]
    assert view.choices["seed"][0] == str(2**62 + 1)  # a number of JavaScript would not hold it
    assert view.command == "admf params export runs/two @trial"
    assert "Knee 1.c.2: sharpe 0.900, max_drawdown 20.0 % with a 2." in view.words[2]


def test_three_objectives_are_shown_in_pairs() -> None:
    view = view_of([[1, 0.5, 3], [0.5, 0.1, 2], [0.1, 0.3, 1]], (*TWO, ("turnover", False)))
    assert view is not None
    assert view.pairs == ((0, 1), (0, 2), (1, 2))
    assert [title for title, _ in view.figures] == [
        "sharpe and max_drawdown", "sharpe and turnover", "max_drawdown and turnover",
    ]  # fmt: skip
    assert all(figure["data"][-1]["name"] == "chosen" for _, figure in view.figures)
    assert all(
        one["type"] == "scatter" and one["mode"] == "markers" for _, f in view.figures for one in f["data"]
    )


@pytest.mark.parametrize("values", [[[np.nan, 0.1]], [[0.1, np.nan]]])
def test_nothing_to_show(values: Any) -> None:
    assert view_of(values) is None


def test_one_point_and_equal_points() -> None:
    one = view_of([[0.4, 0.2]])
    assert one is not None
    assert (one.knee, one.left_out, one.drawn) == (0, 0, 1)
    same = view_of([[0.4, 0.2]] * 3)
    assert same is not None
    assert [row.trial for row in same.rows] == ["1.c.0", "1.c.1", "1.c.2"]
    assert not same.outside


def test_large_fronts_and_tables_are_thinned_and_the_knee_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_ROWS", 10)
    monkeypatch.setattr(views, "MOST_DRAWN", 50)
    t = np.linspace(0, np.pi / 2, 400)
    circle = np.column_stack([np.sin(t), 1 - np.cos(t)])
    view = view_of(np.concatenate([circle, circle * [0.5, 1] + [0, 1]]))
    assert view is not None
    assert 10 <= len(view.rows) <= 11
    assert view.left_out == 400 - len(view.rows)
    assert view.drawn == len(view.rows) + 50
    assert sum(row.knee for row in view.rows) == 1
    assert {view.rows[0].trial, view.rows[-1].trial} == {"1.c.0", "1.c.399"}


def test_what_lies_far_off_is_outside_of_the_picture_at_first() -> None:
    values = np.column_stack([np.linspace(0, 1, 200), np.linspace(0.1, 0.6, 200)])
    values[0] = -50.0, 0.99
    view = view_of(values)
    assert view is not None
    assert view.outside
    low, high = view.figures[0][1]["layout"]["xaxis"]["range"]
    assert -1 < low < high
    assert high > 1


def test_a_users_texts_stay_texts() -> None:
    view = view_of([[1.0, 0.5], [0.5, 0.1]], a=[EVIL, 'two "quoted"'])
    assert view is not None
    assert "<script>" not in json.dumps(trace(view, "front")["text"])
    assert json.loads(view.choices["parameters"][0]) == {"a": EVIL}
