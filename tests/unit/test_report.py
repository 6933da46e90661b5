"""The HTML report: what must be on it, what must never be, and the odd runs that it must survive."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf.errors import RunError
from admf.reports import page
from admf.reports.facts import CostFacts, Lookahead, LookaheadFact, StudyFacts
from admf.reports.numbers import metric_text, value_text
from admf.reports.page import render, write_report
from admf.reports.words import verdict
from admf.reports.yardstick import expected_maximum, yardstick
from tests.unit.report_facts import (
    EVIL,
    a_record,
    a_study,
    charts_of,
    data_facts,
    run_facts,
    small_plotly,  # noqa: F401
    titles,
    words_of,
)


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
