"""The figures of the HTML report: what they show, cell by cell, of odd runs too."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from admf.reports.curve import MOST_POINTS, equity_figure, keep_extremes
from admf.reports.landscape import landscape
from admf.reports.numbers import value_text
from admf.reports.page import render
from admf.reports.spread import histogram
from admf.reports.table import axis_of
from admf.trials.replay_trial import TrialRecord
from tests.unit.report_facts import (
    a_record,
    a_study,
    charts_of,
    run_facts,
    small_plotly,  # noqa: F401
)


def test_one_parameter_is_a_line_in_numeric_order() -> None:
    land = landscape(a_study({"n": [10, 9, 100, 2]}), "sharpe", True)
    ((_, figure),) = land.figures
    line, missing, best = figure["data"]
    assert line["x"] == [2, 9, 10, 100]
    assert line["y"] == [0.3, 0.5, 0.1, None]
    assert missing["x"] == [100]
    assert best["x"] == [9]


def test_heatmap_cells_against_a_naive_loop() -> None:
    rng = np.random.default_rng(3)
    n = 400
    params = {name: rng.integers(0, 5, n).tolist() for name in ("a", "b", "c")}
    values = rng.normal(size=n)
    values[rng.random(n) < 0.3] = np.nan
    values[(np.array(params["a"]) == 1) & (np.array(params["b"]) == 2)] = np.nan
    land = landscape(a_study(params, values.tolist()), "sharpe", True)
    assert [title for title, _ in land.figures] == ["a × b", "a × c", "b × c"]
    figure = land.figures[0][1]
    color, grey = figure["data"][:2]
    for i in range(5):
        for j in range(5):
            cell = [v for a, b, v in zip(params["a"], params["b"], values, strict=True) if (a, b) == (j, i)]
            held = [v for v in cell if v == v]
            median, best = figure["choices"]["median"]["z"][i][j], figure["choices"]["best"]["z"][i][j]
            assert color["customdata"][i][j] == len(cell)
            assert (grey["z"][i][j] is None) == bool(held)
            if held:
                assert median == pytest.approx(np.median(held), rel=1e-5)
                assert best == pytest.approx(max(held), rel=1e-5)
            else:
                assert median is best is None
    assert land.grey
    assert land.others


def test_untried_cells_are_empty_and_the_best_is_marked() -> None:
    study = a_study({"fast": [5, 10, 20], "slow": [10, 100, 100]}, [0.1, 0.9, 0.2])
    ((_, figure),) = landscape(study, "sharpe", True).figures
    assert figure["data"][0]["x"] == ["5", "10", "20"]
    assert figure["data"][0]["y"] == ["10", "100"]
    assert figure["choices"]["best"]["z"] == [[0.1, None, None], [None, 0.9, 0.2]]
    assert figure["data"][1]["z"] == [[None] * 3, [None] * 3]
    assert (figure["data"][2]["x"], figure["data"][2]["y"]) == (["10"], ["100"])


def test_six_parameters_of_all_kinds() -> None:
    rng = np.random.default_rng(5)
    n = 600
    kinds: dict[str, list[Any]] = {
        "mode": ["b", "a", None],
        "stop": [None, 0.02, {"atr": 2, "window": 14}],
        "on": [True, False],
        "one": [1],
        "period": [100, 20, 3],
        "mixed": [1, "1", 1.0, "two"],
    }
    params = {k: [v[i] for i in rng.integers(0, len(v), n)] for k, v in kinds.items()}
    study = a_study(params, rng.normal(size=n).tolist(), record=a_record())
    assert axis_of(study, "mode").labels == ("none", "a", "b")
    assert axis_of(study, "stop").labels == ("none", "0.02", "atr 2, window 14")
    assert axis_of(study, "on").labels == ("false", "true")
    assert axis_of(study, "period").labels == ("3", "20", "100")
    assert len(set(axis_of(study, "mixed").labels)) == 3
    for name in ("mode", "stop", "on", "period"):
        one = axis_of(study, name)
        assert [one.labels[code] for code in one.codes] == [value_text(value) for value in params[name]]
    land = landscape(study, "sharpe", True)
    assert len(land.figures) == 6
    assert land.pairs == 10  # a parameter with one value makes no pair
    assert "atr 2, window 14" in render(run_facts(), [study])


def test_a_parameter_that_is_often_absent_and_has_many_values_is_binned() -> None:
    rng = np.random.default_rng(7)
    column: list[Any] = [
        None if i % 3 == 0 else float(v) for i, v in enumerate(np.exp(rng.uniform(0, 9, 900)))
    ]
    one = axis_of(a_study({"x": column}, [0.0] * 900), "x")
    assert one.binned
    assert one.labels[0] == "none"
    assert len(one) <= 26
    sizes = np.bincount(one.codes)
    assert sizes[0] == 300
    assert sizes[1:].min() > 15


def test_several_components_are_compared() -> None:
    studies = [a_study(), a_study(component="rsi", values=[0.2, 0.95, 0.1, 0.2])]
    text = render(run_facts(), studies)
    assert "rsi with fast 6, slow 60, the best of all components." in text
    assert '<a href="#study-2">rsi</a>' in text
    assert "8 parameter sets" in text


def test_metrics_of_its_own_and_no_equity() -> None:
    record = TrialRecord(
        metrics={"score": 3.14159, "sharpe": None}, undefined={}, warmup=0, bars_per_year=252.0
    )
    text = render(run_facts(objective="score"), [a_study(record=record)])
    assert "3.14" in text
    assert "the component returns metrics of its own" in text
    assert "study-1-equity" not in charts_of(text)


def test_a_hundred_thousand_trials_make_a_small_file() -> None:
    rng = np.random.default_rng(11)
    n = 100_000
    params = {name: rng.uniform(size=n).tolist() for name in "abcde"}
    text = render(run_facts(), [a_study(params, rng.normal(size=n).tolist(), record=a_record(n=20_000))])
    assert len(text) < 1_500_000
    assert "100,000 parameter sets" in text


def test_a_ruined_best_and_a_flat_equity_are_drawn() -> None:
    equity = np.r_[np.full(100, 100_000.0), np.zeros(200)]
    text = render(run_facts(), [a_study(record=a_record(equity=equity, facts={"ruined": True}))])
    chart = charts_of(text)["study-1-equity"]
    assert chart["log"] is False
    assert "It lost everything." in text
    assert charts_of(render(run_facts(), [a_study(values=[0.5, 0.5])]))["study-1-spread"]["data"][0]["y"]


# --- curves -----------------------------------------------------------------------------------------------


def test_thinning_keeps_ends_and_extremes() -> None:
    rng = np.random.default_rng(13)
    walks = [np.cumsum(rng.normal(size=50_000)) for _ in range(2)]
    kept = keep_extremes(walks, 4000)
    assert len(kept) <= 4000
    assert {0, 49_999} <= set(kept.tolist())
    for walk in walks:
        assert {int(walk.argmax()), int(walk.argmin())} <= set(kept.tolist())
    assert keep_extremes([walks[0][:10]], 4000).tolist() == list(range(10))


def test_equity_starts_at_the_first_decision_and_keeps_the_deepest_fall() -> None:
    rng = np.random.default_rng(17)
    equity = 100_000.0 * np.cumprod(1.0 + rng.normal(0, 0.01, 30_000))
    record = a_record(n=30_000, warmup=500, equity=equity)
    figure = equity_figure(record, "America/New_York", "buy and hold")
    assert figure is not None
    line = next(t for t in figure["data"] if t["name"] == "best set" and "yaxis" not in t)
    fall = next(t for t in figure["data"] if t["name"] == "best set" and "yaxis" in t)
    assert len(line["x"]) <= MOST_POINTS
    assert line["x"][0] == "2002-05-16"  # 2001-01-01 and 500 days, in New York
    assert line["y"][0] == pytest.approx(equity[500], rel=1e-5)
    top, deepest = 0.0, 0.0
    for value in equity[500:]:
        top = max(top, value)
        deepest = min(deepest, value / top - 1.0)
    assert min(fall["y"]) == pytest.approx(deepest, rel=1e-5)


def test_a_fall_from_a_new_peak_is_kept_where_a_stretch_has_lower_bars() -> None:
    equity = np.r_[np.full(15_000, 100.0), 1000.0, 500.0, np.full(14_998, 1000.0)]
    figure = equity_figure(a_record(n=30_000, warmup=0, k=0, equity=equity), "UTC", "buy and hold")
    assert figure is not None
    falls = [min(trace["y"]) for trace in figure["data"] if trace["name"] == "best set" and "yaxis" in trace]
    assert falls == [-0.5]


@pytest.mark.parametrize("maximize", [True, False])
def test_the_top_are_the_best_first(maximize: bool) -> None:
    values = [0.1 * (i * 7 % 30) for i in range(30)]
    text = render(run_facts(maximize=maximize), [a_study(values=values)])
    shown = [float(value) for value in re.findall(r"<strong>([\d.]+)</strong></td>", text)]
    assert shown == pytest.approx(sorted(values, reverse=maximize)[:20])


def test_histogram_counts_every_value_and_marks_the_best() -> None:
    values = np.r_[np.linspace(-1.0, 1.0, 500), -1e6, np.nan]
    figure = histogram(values, "sharpe", True, ("buy and hold", 0.3))
    assert figure is not None
    assert sum(figure["data"][0]["y"]) == 501
    assert min(figure["data"][0]["x"]) > -2.0  # one disaster does not flatten the rest
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["best 1.00", "buy and hold 0.300"]


def test_the_best_at_the_edge_of_the_search_is_said() -> None:
    text = render(run_facts(), [a_study({"fast": [1, 2, 3, 4]}, [0.1, 0.2, 0.3, 0.4])])
    assert "fast 4 is the highest value tried" in text
    assert "value tried" not in render(run_facts(), [a_study({"fast": [1, 2, 3, 4]}, [0.1, 0.2, 0.4, 0.3])])
