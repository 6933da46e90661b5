"""The HTML report: what must be on it, what must never be, and the odd runs that it must survive."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from admf.errors import RunError
from admf.finance.metrics.holding import measure_holding
from admf.reports import page
from admf.reports.banners import banners
from admf.reports.curve import MOST_POINTS, equity_figure, keep_extremes
from admf.reports.facts import CostFacts, DataFacts, Lookahead, LookaheadFact, RunFacts, Span, StudyFacts
from admf.reports.landscape import landscape
from admf.reports.numbers import metric_text, value_text
from admf.reports.page import render, write_report
from admf.reports.spread import histogram
from admf.reports.table import axis_of
from admf.reports.words import verdict
from admf.reports.yardstick import expected_maximum, yardstick
from admf.trials.replay_trial import TrialRecord

EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def small_plotly(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """plotly.js is five million characters of no interest, but for the test of the whole file."""
    if request.node.name != "test_self_contained":
        monkeypatch.setattr(page, "_plotly", lambda: Markup("/*plotly*/"))


def run_facts(**changes: Any) -> RunFacts:
    known: dict[str, Any] = {
        "name": "sp500",
        "created": "2024-05-01 12:00",
        "admf_version": "0.1.0",
        "data": data_facts(),
        "costs": CostFacts(given=True, commission=0.0005, slippage=0.0002),
        "objective": "sharpe",
        "maximize": True,
        "simulation": {"fill": "next_open"},
        "provenance": {"identity": "sha256:feed", "versions": {"numpy": "2.4"}},
        "config_text": "name: sp500\nseed: 42\n",
        "seconds": 12.34,
    }
    return RunFacts(**known | changes)


def data_facts(**changes: Any) -> DataFacts:
    known: dict[str, Any] = {
        "source": "bundled:sp500",
        "symbols": ("SPX",),
        "mined": Span(bars=3500, first="1999-01-04", last="2012-12-31"),
        "sealed": Span(bars=1510, first="2013-01-30", last="2018-12-31"),
        "embargo": 20,
        "bars_per_year": 252.0,
        "timezone": "America/New_York",
    }
    return DataFacts(**known | changes)


def a_record(n: int = 300, warmup: int = 20, k: int = 40, **changes: Any) -> TrialRecord:
    t = np.arange(n)
    equity = 100_000.0 * (1.0 + 0.001 * np.maximum(t - warmup, 0) + 0.02 * np.sin(t / 5.0) * (t > warmup))
    entry = np.linspace(warmup, n - 3, k).astype(int)
    time = np.datetime64("2001-01-01T21:00", "ns") + t * np.timedelta64(1, "D")
    known: dict[str, Any] = {
        "metrics": {"sharpe": 1.25, "total_return": 0.2791, "n_trades": float(k), "profit_factor": None},
        "undefined": {"profit_factor": "no losing trade"},
        "warmup": warmup,
        "bars_per_year": 252.0,
        "time": time,
        "equity": equity,
        "benchmark": 100_000.0
        * np.where(t < warmup, 1.0, 1.0 + 0.0005 * (t - warmup) + 0.03 * np.sin(t / 7.0)),
        "trades": {
            "symbol": ["SPX"] * k,
            "side": ["long", "short"] * (k // 2) + ["long"] * (k % 2),
            "entry_time": time[entry],
            "exit_time": time[entry + 2],
            "entry_price": np.full(k, 100.0),
            "exit_price": np.full(k, 101.0),
            "pnl": np.full(k, 50.0),
            "return": np.full(k, 0.01),
            "exit_reason": ["signal"] * k,
            "open_at_end": np.zeros(k, dtype=bool),
        },
        "facts": {"commission": 123.0, "max_gross": 1.5},
    }
    known |= changes
    if known["benchmark"] is not None:
        known["held"] = measure_holding(known["benchmark"][warmup:], known["bars_per_year"])
    return TrialRecord(**known)


def a_study(
    params: Mapping[str, list[Any]] | None = None,
    values: list[float] | None = None,
    *,
    failed: int = 0,
    record: TrialRecord | None = None,
    **changes: Any,
) -> StudyFacts:
    """A study whose trials have `values` (NaN: infeasible), and `failed` ones after them."""
    values = [0.1, 0.5, float("nan"), 0.3] if values is None else values
    n = len(values) + failed
    params = (
        {"fast": list(range(5, 5 + n)), "slow": [50, 60] * (n // 2) + [50] * (n % 2)}
        if params is None
        else params
    )
    value = np.array([*values, *[np.nan] * failed])
    outcome = ["scored"] * len(values) + ["failed"] * failed
    reason = ["constraint: n_trades >= 30" if v != v else "" for v in values] + ["ValueError: bad"] * failed
    columns: dict[str, Any] = {
        **params,
        "trial_id": [f"1.ma.{i}" for i in range(n)],
        "proposal": np.arange(n),
        "outcome": outcome,
        "reason": reason,
        "value": value,
        "sharpe": value.copy(),
    }
    held = np.flatnonzero(np.isfinite(value))
    row = int(held[np.argmax(value[held])]) if held.size else None
    known: dict[str, Any] = {
        "component": "ma_crossover",
        "method": "grid",
        "stage": "component_optimization",
        "trials": n,
        "params": tuple(params),
        "columns": columns,
        "outcomes": Counter(outcome),
        "reasons": Counter(text for text in reason if text),
        "infeasible": sum(v != v for v in values),
        "best": None if row is None else {name: column[row] for name, column in columns.items()},
        "record": record,
    }
    return StudyFacts(**known | changes)


def charts_of(text: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/json" data-chart="([^"]+)">(.*?)</script>', text, re.S)
    return {
        name: json.loads(body, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))
        for name, body in found
    }


def titles(facts: RunFacts, *studies: StudyFacts) -> str:
    return " | ".join(banner.title for banner in banners(facts, studies))


def words_of(facts: RunFacts, *studies: StudyFacts) -> str:
    found = verdict(facts, studies)
    checked = [f"{check.mark.value} {check.title}: {check.text}" for check in found.checks]
    steps = [f"{step.text} {step.command}" for step in found.next_steps]
    return "\n".join([found.headline, *found.tried, *found.best, *checked, *steps])


# --- what is on it ----------------------------------------------------------------------------------------


def test_first_screen_says_what_was_run_and_what_came_out() -> None:
    text = render(run_facts(), [a_study(record=a_record())])
    assert (
        "highest sharpe of ma_crossover (grid, 4 trials) on 3,500 bars of SPX, 1999-01-04 to 2012-12-31"
        in text
    )
    assert "ma_crossover with fast 6, slow 60." in text
    assert re.search(r"<span>sharpe</span> 0.500", text)
    assert "4 parameter sets (1 infeasible)." in text
    assert "the best of 4 tries without any skill" in text
    assert "1,510 bars, 2013-01-30 to 2018-12-31, after 20 bars left out between" in text
    assert "no number on this page says anything about them" in text
    for question in ("What was tried", "What was best", "Should I believe it?", "What to do next"):
        assert f">{question}<" in text


def test_metrics_stand_beside_those_of_the_benchmark_on_the_scored_bars() -> None:
    record = a_record()
    text = render(run_facts(), [a_study(record=record)])
    assert record.benchmark is not None
    held = record.benchmark[record.warmup :]
    expected = f"{100 * (held[-1] / held[0] - 1):.1f} %"
    row = re.search(r">total_return</td>(.*?)</tr>", text, re.S)
    assert row is not None
    assert "27.9 %" in row[1]
    assert expected in row[1]
    # an undefined metric is a dash that says why
    assert re.search(r'title="no losing trade"[^>]*>–<', text)


def test_provenance_and_config_are_folded_away() -> None:
    text = render(run_facts(), [a_study()])
    details = "".join(re.findall(r"<details>.*?</details>", text, re.S))
    assert "sha256:feed" in details
    assert "versions.numpy" in details
    assert "seed: 42" in details
    assert "commission 0.05 % and slippage 0.02 % per side" in text


def test_yardstick_is_the_formula_times_the_spread() -> None:
    # STATISTICS 2.2, golden values of the approximation
    assert expected_maximum(10) == pytest.approx(1.5745983, abs=1e-7)
    assert expected_maximum(100) == pytest.approx(2.5306029, abs=1e-7)
    assert expected_maximum(1000) == pytest.approx(3.2551215, abs=1e-7)
    assert expected_maximum(1) == expected_maximum(0) == 0.0
    values = [0.1, 0.5, float("nan"), 0.3]
    stick = yardstick([a_study(values=values, failed=2)])
    assert stick is not None
    assert stick.trials == 4  # the null one was looked at, the failed ones had nothing to show
    assert stick.spread == pytest.approx(0.2)
    assert stick.expected == pytest.approx(0.2 * expected_maximum(4))


def test_yardstick_is_said_for_sharpe_only() -> None:
    study = a_study(values=[0.1, 0.5, 0.3, 0.2])
    assert (
        "for Luck of many tries: Above luck: by the spread of these trials the best of 4 tries"
        in words_of(run_facts(), study)
    )
    assert "there is no yardstick for calmar" in words_of(run_facts(objective="calmar"), study)
    low = a_study(values=[-0.9, -0.5, -0.7, -0.1])
    assert "against Luck of many tries: Not above luck" in words_of(run_facts(), low)
    assert "luck alone would show as much" in verdict(run_facts(), [low]).headline


def test_the_benchmark_is_compared_in_the_direction_of_the_objective() -> None:
    study = a_study(values=[0.5, 0.01, 0.3], record=a_record())
    down = a_record(metrics={**a_record().metrics, "max_drawdown": 0.01})
    found = words_of(run_facts(objective="max_drawdown", maximize=False), a_study(record=down))
    assert "for Against buy and hold: Better: max drawdown 1.0 % against" in found
    poor = a_record(metrics={"total_return": 0.001, "n_trades": 40.0})
    found = words_of(run_facts(objective="total_return"), a_study(record=poor))
    assert "against Against buy and hold: Not better: total return 0.10 % against" in found
    assert "it does not beat buy and hold" in found
    assert "Against buy and hold" in words_of(run_facts(objective="my:own"), study)


def test_without_a_benchmark_nothing_is_compared() -> None:
    facts, study = run_facts(benchmark="none"), a_study(record=a_record())
    assert "candidate" in words_of(facts, study)
    assert "Against buy" not in words_of(facts, study)
    names = {trace["name"] for trace in charts_of(render(facts, [study]))["study-1-equity"]["data"]}
    assert names == {"best set", "entries", "exits"}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.1234, "12.3 %"),
        ("max_drawdown", 0.0, "0.0 %"),
        ("total_return", -0.0051, "−0.51 %"),
        ("total_return", 123.4, "12,340 %"),
        ("sharpe", 0.6213, "0.621"),
        ("sharpe", -1.234, "−1.23"),
        ("sharpe_per_bar", 0.02283, "0.0228"),
        ("final_equity", 1234567.8, "1,234,568"),
        ("n_trades", 1234.0, "1,234"),
        ("turnover", 12.34, "12.34 / year"),
        ("psr", 0.9999, "> 99.9 %"),
        ("my_own", 1234.5, "1,234"),
        ("sharpe", None, "–"),
        ("sharpe", float("inf"), "–"),
    ],
)
def test_numbers_by_unit(name: str, value: float | None, text: str) -> None:
    assert metric_text(name, value) == text


def test_parameter_values_as_words() -> None:
    shown = [
        value_text(v) for v in (None, True, 1, 0.1 + 0.2, {"atr": 2, "window": 14}, "a", np.float64(2.5))
    ]
    assert shown == ["none", "true", "1", "0.3", "atr 2, window 14", "a", "2.5"]


# --- banners ----------------------------------------------------------------------------------------------


def test_a_sound_run_has_no_banner() -> None:
    facts = run_facts(lookahead=(LookaheadFact(component="ma_crossover", found=Lookahead.NONE_FOUND),))
    assert titles(facts, a_study(record=a_record())) == ""
    assert 'class="banner" role' not in render(facts, [a_study(record=a_record())])


def _with_open() -> StudyFacts:
    pnl, still = np.full(40, 1.0), np.zeros(40, dtype=bool)
    pnl[-1], still[-1] = 500.0, True
    return a_study(record=a_record(trades={**a_record().trades, "pnl": pnl, "open_at_end": still}))


@pytest.mark.parametrize(
    ("title", "facts", "study"),
    [
        ("Costs are missing", {"costs": CostFacts(given=False)}, a_study),
        ("Optimistic fill", {"simulation": {"fill": "close"}}, a_study),
        (
            "Look-ahead allowed: ma_crossover",
            {
                "lookahead": (
                    LookaheadFact(component="ma_crossover", found=Lookahead.ALLOWED, reason="labels"),
                )
            },
            a_study,
        ),
        (
            "Look-ahead not checked: ma_crossover",
            {"lookahead": (LookaheadFact(component="ma_crossover", found=Lookahead.NOT_CHECKED),)},
            a_study,
        ),
        ("Nothing unseen left", {"data": data_facts(sealed=None)}, a_study),
        ("Warning", {"warnings": ("a gap of 12 days",)}, a_study),
        ("Many failures", {}, lambda: a_study(failed=2)),
        ("Ruined trials", {}, lambda: a_study(reasons={"ruined": 3})),
        ("Too few trades", {}, lambda: a_study(record=a_record(k=29))),
        ("An open trade dominates", {}, _with_open),
    ],
)
def test_banner_appears_when_it_must(
    title: str, facts: dict[str, Any], study: Callable[[], StudyFacts]
) -> None:
    assert titles(run_facts(**facts), study()) == title
    assert title in render(run_facts(**facts), [study()])


def test_banners_keep_to_their_limits() -> None:
    assert titles(run_facts(), a_study(values=[0.1, 0.2, 0.3, 0.4], failed=1)) == ""  # 20 % are allowed
    assert titles(run_facts(), a_study(record=a_record(k=30))) == ""


def test_nothing_sealed_is_said_without_promises() -> None:
    said = words_of(run_facts(data=data_facts(sealed=None)), a_study())
    assert "nothing unseen is left" in said
    assert "before the sealed bars are opened" not in said


# --- what must never be on it -----------------------------------------------------------------------------


class Loads(HTMLParser):
    """Collects tags and everything that a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.links += [
            v or "" for k, v in attrs if k in ("src", "href", "srcset", "data", "action", "poster")
        ]
        assert not any(name.startswith("on") for name, _ in attrs)


def test_self_contained() -> None:
    text = render(run_facts(), [a_study(record=a_record()), a_study(component="rsi")])
    parser = Loads()
    parser.feed(text)
    assert parser.tags["script"] > 3
    assert not parser.tags["link"] + parser.tags["img"] + parser.tags["iframe"]
    assert parser.links
    assert all(link.startswith("#") for link in parser.links)
    assert "default-src 'none'" in text
    assert text.count("plotly.js v") == 1
    own = text.replace(str(page._plotly()), "")
    assert "http:" not in own
    assert "https:" not in own
    assert "@import" not in own
    assert "url(" not in own


def test_user_texts_are_escaped_everywhere() -> None:
    quoted = '"><img src=x>'
    study = a_study(
        {EVIL: ["<b>x</b>", quoted, "%{x}", "{{ 7 * 7 }}"]}, component=EVIL, method=EVIL, stage=EVIL,
        space={EVIL: EVIL}, constraints=(EVIL,), warmup=3, warmup_from=EVIL, reasons={EVIL: 1}, outcomes={EVIL: 4},
        record=a_record(undefined={"profit_factor": quoted}, k=0),
    )  # fmt: skip
    facts = run_facts(
        name=EVIL, objective=EVIL, created=EVIL, benchmark=EVIL, config_text=EVIL, warnings=(EVIL,),
        provenance={EVIL: quoted}, simulation={EVIL: EVIL}, next_steps=(EVIL,), objective_constraints=(EVIL,),
        data=data_facts(source=EVIL, symbols=(EVIL,)),
        lookahead=(LookaheadFact(component=EVIL, found=Lookahead.ALLOWED, reason=EVIL),),
    )  # fmt: skip
    text = render(facts, [study, study])
    parser = Loads()
    parser.feed(text)
    assert EVIL not in text
    assert "<img" not in text
    assert parser.tags["img"] == 0
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 20
    for chart in charts_of(text).values():  # plotly reads a little HTML, and %{...} in templates
        shown = json.dumps(chart)
        assert "<script" not in shown
        assert "<img" not in shown
        assert "%{x}" not in [str(one) for trace in chart["data"] for one in trace.get("x", [])]


def test_same_facts_same_file(tmp_path: Path) -> None:
    facts, study = run_facts(), a_study(record=a_record())
    assert render(facts, [study]) == render(facts, [study])
    path = write_report(facts, [study], tmp_path / "reports" / "report.html")
    assert path.read_text(encoding="utf-8") == render(facts, [study])
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="report must be writable"):
        write_report(run_facts(), [], tmp_path / "file" / "report.html")


# --- odd runs ---------------------------------------------------------------------------------------------


def test_one_trial() -> None:
    text = render(run_facts(), [a_study({"fast": [5]}, [0.4], record=a_record())])
    assert "1 parameter set." in text
    assert "tries looks better" not in text
    assert set(charts_of(text)) == {"study-1-equity", "study-1-map-1"}


def test_no_trial_has_a_value() -> None:
    text = render(run_facts(), [a_study({"fast": [1, 2]}, [], failed=2)])
    assert "No result: none of 2 trials has a value." in text
    assert "ValueError: bad" in text
    assert not charts_of(text)


def test_no_trials_and_no_studies() -> None:
    assert "No trials were run." in render(run_facts(), [])
    assert "No trials were run." in render(run_facts(), [a_study({}, [])])


def test_no_parameters() -> None:
    text = render(run_facts(), [a_study({}, [0.4], record=a_record())])
    assert "no parameters" in text
    assert set(charts_of(text)) == {"study-1-equity"}


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
