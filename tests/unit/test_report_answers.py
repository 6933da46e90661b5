"""The first screen's answers, and the tables and figures behind them, each against a case made for it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from admf.reports.calendar_returns import calendar_returns
from admf.reports.checks import Check, Mark, checks, headline
from admf.reports.cost_words import cost_figure, cost_rows, cost_words
from admf.reports.facts import CostFacts, Lookahead, LookaheadFact
from admf.reports.landscape import landscape
from admf.reports.look import look
from admf.reports.neighbourhood import nearest_sets, strips
from admf.reports.page import render
from admf.reports.parallel import MOST_LINES, parallel
from admf.reports.steps import next_steps
from admf.reports.words import verdict
from admf.trials.cost_sensitivity import BreakEven, CostRecord
from tests.unit.report_facts import (
    a_record,
    a_study,
    charts_of,
    data_facts,
    run_facts,
    small_plotly,  # noqa: F401
    titles,
)
from tests.unit.test_plateau_golden import GOLDEN


def golden_study(**changes: Any) -> Any:
    cells = [(i, j) for i in range(5) for j in range(5)]
    params = {"fast": [10 * (i + 1) for i, _ in cells], "slow": [j + 1 for _, j in cells]}
    return a_study(params, [float(GOLDEN[c]) for c in cells], **changes)


def costs(**changes: Any) -> CostRecord:
    ladder = np.array([0.0, 0.0005, 0.001, 0.002])
    known: dict[str, Any] = {
        "given": 0.001, "objective": "sharpe", "costs": ladder, "total_return": np.array([0.3, 0.2, 0.1, -0.1]),
        "value": np.array([1.0, 0.8, 0.5, -0.2]), "n_trades": np.full(4, 40.0), "hold_return": 0.15,
        "zero": BreakEven(cost=0.0015), "hold": BreakEven(cost=0.00075),
    }  # fmt: skip
    return CostRecord(**known | changes)


def marks(found: tuple[Check, ...]) -> dict[str, Mark]:
    return {check.title: check.mark for check in found}


def of(study: Any, **facts: Any) -> tuple[Check, ...]:
    run = run_facts(**facts)
    return checks(run, [study], look(run, study))


def text_of(found: tuple[Check, ...], title: str) -> str:
    return next(check.text for check in found if check.title == title)


# --- should I believe it ----------------------------------------------------------------------------------


def test_a_spike_is_called_one_and_its_plateau_is_named() -> None:
    study = golden_study(record=a_record())
    found = of(study)
    assert marks(found)["Its neighbours"] is Mark.AGAINST
    assert text_of(found, "Its neighbours").startswith("A spike: one in four of it")
    assert "the best set is a spike among worse neighbours" in headline(found)
    said = verdict(run_facts(folder="runs/x"), [study])
    assert any("fast 30, slow 4: sharpe 3.20" in text for text in said.best)
    commands = [step.command for step in said.next_steps]
    assert "admf show runs/x 1.ma.13" in commands
    assert "admf trades runs/x 1.ma.6" in commands


def test_a_plateau_speaks_for_the_set() -> None:
    i = np.repeat(np.arange(7), 7)
    j = np.tile(np.arange(7), 7)
    values = 1.0 - 0.05 * ((i - 3) ** 2 + (j - 3) ** 2)
    study = a_study({"a": i.tolist(), "b": j.tolist()}, values.tolist(), record=a_record(k=300))
    found = of(study)
    assert marks(found)["Its neighbours"] is Mark.FOR
    assert "It is itself the centre of the best plateau." in verdict(run_facts(), [study]).best


def test_where_no_neighbours_hold_up_there_is_no_plateau_to_recommend() -> None:
    comb = [(1.0 if i % 2 else 0.0) + 0.001 * i for i in range(9)]
    study = a_study({"a": list(range(9))}, comb)
    found = look(run_facts(), study)
    assert not found.firm
    said = verdict(run_facts(folder="r"), [study])
    assert "No set has neighbours that hold up: there is no plateau." in said.best
    assert not any("plateau" in step.text for step in said.next_steps)
    assert "There is no plateau" in render(run_facts(), [study])
    assert look(run_facts(), golden_study()).firm


def test_what_is_beyond_the_rim_is_not_known() -> None:
    study = a_study({"a": [1, 2, 3, 4, 5]}, [0.1, 0.2, 0.3, 0.4, 0.5])
    found = of(study)
    assert marks(found)["Its neighbours"] is Mark.UNSURE
    assert marks(found)["Edge of the search"] is Mark.UNSURE
    assert "a 5 is the highest value tried" in text_of(found, "Edge of the search")


@pytest.mark.parametrize(
    ("changes", "mark", "words"),
    [
        ({}, Mark.UNSURE, "The edge dies at 0.15 % per side, 1.5 times the 0.10 % given."),
        ({"zero": BreakEven(cost=0.004)}, Mark.FOR, "4 times the 0.10 % given"),
        ({"zero": BreakEven(cost=0.0008)}, Mark.AGAINST, "0.8 times the 0.10 % given"),
        ({"total_return": np.array([-0.1, -0.2, -0.3, -0.4]), "zero": BreakEven(cost=None, says="not even at no cost")},
         Mark.AGAINST, "it loses even without costs"),
        ({"zero": BreakEven(cost=None, says="not even at 10% per side")}, Mark.FOR, "at no cost up to 10 %"),
    ],
)  # fmt: skip
def test_costs_speak_for_or_against(changes: dict[str, Any], mark: Mark, words: str) -> None:
    found = of(a_study(record=a_record(), costs=costs(**changes)))
    assert marks(found)["Costs"] is mark
    assert words in text_of(found, "Costs")


def test_costs_that_nobody_gave_are_a_doubt_and_a_step() -> None:
    study = a_study(record=a_record(), costs=costs(given=0.0))
    found = of(study, costs=CostFacts(given=False))
    assert marks(found)["Costs"] is Mark.UNSURE
    steps = next_steps(
        run_facts(costs=CostFacts(given=False), config_file="a b.yaml"), [study], look(run_facts(), study)
    )
    assert steps[0].command == "admf run 'a b.yaml' --set costs.commission=0.0005 --set costs.slippage=0.0002"


def test_holding_that_earns_more_is_said() -> None:
    assert "From 0.07 % on, buy and hold earns more." in cost_words(
        costs(hold=BreakEven(cost=0.0007)), run_facts()
    )
    never = costs(hold=BreakEven(cost=None, says="not even at no cost"))
    assert "Buy and hold earns more at any cost." in cost_words(never, run_facts())
    assert "hold" not in cost_words(costs(hold_return=None), run_facts())


def test_three_trades_that_made_it_all_are_a_doubt() -> None:
    trades = dict(a_record(k=200).trades)
    trades["pnl"] = np.r_[np.full(3, 1000.0), np.full(197, -5.0)]
    found = of(a_study(record=a_record(k=200, trades=trades)))
    assert marks(found)["Number of trades"] is Mark.UNSURE
    assert "Without the three best there is no profit." in text_of(found, "Number of trades")
    assert marks(of(a_study(record=a_record(k=200))))["Number of trades"] is Mark.FOR
    assert marks(of(a_study(record=a_record(k=20))))["Number of trades"] is Mark.AGAINST


@pytest.mark.parametrize(
    ("found", "mark"),
    [(Lookahead.NONE_FOUND, Mark.FOR), (Lookahead.NOT_CHECKED, Mark.OPEN), (Lookahead.ALLOWED, Mark.AGAINST)],
)
def test_look_ahead_is_a_check(found: Lookahead, mark: Mark) -> None:
    fact = LookaheadFact(component="ma_crossover", found=found)
    assert marks(of(a_study(), lookahead=(fact,)))["Look-ahead"] is mark


def test_the_headline_names_what_is_against_before_what_is_doubtful() -> None:
    against = Check(mark=Mark.AGAINST, title="a", text="", because="it loses")
    doubt = Check(mark=Mark.UNSURE, title="b", text="", because="it is young")
    good = Check(mark=Mark.FOR, title="c", text="")
    assert headline([good, doubt, against, against]) == "Do not believe it yet: it loses and it loses."
    assert headline([good, doubt]) == "A candidate with doubts: it is young."
    assert headline([good]).startswith("A candidate: nothing here speaks against it")


def test_an_unfinished_run_says_so_on_top_and_goes_on_first() -> None:
    facts = run_facts(unfinished="It is not at its end: 3 of 9.", folder="runs/x")
    assert titles(facts, a_study()) == "Unfinished run"
    assert verdict(facts, [a_study()]).next_steps[0].command == "admf resume runs/x"


def test_without_a_folder_the_steps_are_python() -> None:
    commands = {step.command for step in verdict(run_facts(), [golden_study()]).next_steps}
    assert {"study.plateau()", "study.trades"} <= commands
    assert not any(command.startswith("admf") for command in commands)


def test_failed_trials_are_shown_with_the_command_that_shows_one() -> None:
    facts = run_facts(folder="runs/x")
    steps = verdict(facts, [a_study({"fast": [1, 2]}, [], failed=2)]).next_steps
    assert [step.command for step in steps] == ["admf trials runs/x --top 20", "admf show runs/x 1.ma.0"]


# --- around the best, the map, all sets -------------------------------------------------------------------


def test_strips_change_one_parameter_at_a_time() -> None:
    fast, slow = strips(run_facts(), golden_study())
    assert (fast.name, slow.name) == ("fast", "slow")
    shown = [cell and (cell.at, cell.value, cell.best) for cell in fast.cells]
    assert shown == [
        None,
        ("10", "1.00", False),
        ("20", "9.00", True),
        ("30", "1.00", False),
        ("40", "1.00", False),
    ]
    assert [cell and cell.heat for cell in fast.cells] == [None, 0.0, 1.0, 0.0, 0.0]


def test_strips_of_small_values_and_of_categories() -> None:
    params: dict[str, list[Any]] = {"n": [1, 2, 3, 2, 2], "mode": ["a", "a", "a", "b", "c"]}
    found = strips(
        run_facts(maximize=False),
        a_study(params, [0.5, 0.1, 0.3, 0.9, float("nan")], best={"trial_id": "1.ma.1", "value": 0.1}),
    )
    number, mode = found
    assert [cell and cell.value for cell in number.cells] == [None, "0.500", "0.100", "0.300", None]
    assert [cell and cell.value for cell in mode.cells] == ["0.100", "0.900", "–"]
    assert not mode.ordinal


def test_random_searches_show_the_nearest_sets_instead() -> None:
    rng = np.random.default_rng(2)
    params: dict[str, list[Any]] = {"a": rng.uniform(size=50).tolist(), "b": rng.uniform(size=50).tolist()}
    study = a_study(params, rng.normal(size=50).tolist(), method="random")
    assert strips(run_facts(), study) == ()
    near = nearest_sets(run_facts(), look(run_facts(), study))
    assert 4 <= len(near) <= 8
    assert "these are the nearest" in render(run_facts(), [study])


def test_the_map_has_robust_scores_and_marks_the_plateau() -> None:
    study = golden_study()
    found = look(run_facts(), study)
    ((_, figure),) = landscape(study, "sharpe", True, found.plateau).figures
    assert figure["choices"]["robust"]["z"][3][2] == 3.0
    marked = {t["name"]: (t["x"], t["y"]) for t in figure["data"] if t.get("name") in ("best", "plateau")}
    assert marked == {"best": (["20"], ["2"]), "plateau": (["30"], ["4"])}


def test_parallel_coordinates_are_thinned_and_keep_the_best() -> None:
    rng = np.random.default_rng(3)
    n = 5_000
    study = a_study(
        {"a": rng.integers(0, 9, n).tolist(), "m": ["x", "y"] * (n // 2)}, rng.normal(size=n).tolist()
    )
    found = parallel(study, "sharpe", True)
    assert found is not None
    figure, drawn, of_all = found
    assert (drawn, of_all) == (MOST_LINES, n)
    lines = {trace["name"]: len(trace["x"]) // 4 for trace in figure["data"]}
    assert sum(lines.values()) == MOST_LINES
    best = next(trace for trace in figure["data"] if trace["name"] == "best twentieth")
    assert max(y for y in best["y"] if y is not None) == 1.0
    assert f"Drawn are {MOST_LINES} of 5,000 sets" in render(run_facts(), [study])
    assert parallel(a_study({"a": [1, 2, 3]}, [1.0, 2.0, 3.0]), "sharpe", True) is None


# --- the calendar and the costs ---------------------------------------------------------------------------


def test_monthly_returns_multiply_to_those_of_the_year() -> None:
    record = a_record(n=800, warmup=20)
    found = calendar_returns(record, "UTC")
    assert found is not None
    assert found.columns[0] == "Jan"
    assert [row[0] for row in found.rows] == ["2001", "2002", "2003"]
    equity, time = record.equity, record.time
    assert equity is not None
    assert time is not None
    months = time.astype("datetime64[M]")
    for label, cells, total, _ in found.rows:
        grown = 1.0
        for month, cell in enumerate(cells, start=1):
            held = np.flatnonzero((months == np.datetime64(f"{label}-{month:02d}")) & (np.arange(800) >= 20))
            assert (cell is None) == (len(held) == 0)
            if cell is None:
                continue
            before = equity[max(held[0] - 1, 20)]
            assert cell[0].replace("−", "-") == f"{100 * (equity[held[-1]] / before - 1):.1f}".replace(
                "-0.0", "0.0"
            )
            grown *= equity[held[-1]] / before
        assert total.replace("−", "-") == f"{100 * (grown - 1):.1f} %".replace("-0.0", "0.0")


@pytest.mark.parametrize(
    ("days", "title", "columns"),
    [(900, "Monthly returns", 12), (200, "Returns by week of the month", 5), (30, "Daily returns", 5)],
)
def test_short_intraday_histories_have_finer_tables(days: int, title: str, columns: int) -> None:
    hours = np.arange(days * 7)
    time = (
        np.datetime64("2024-01-01T14:00", "ns")
        + (hours // 7) * np.timedelta64(24, "h")
        + (hours % 7) * np.timedelta64(1, "h")
    )
    time = time[np.is_busday(time.astype("datetime64[D]"))]
    n = len(time)
    equity = 100.0 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.001, n)))
    found = calendar_returns(
        a_record(n=n, warmup=0, k=0, time=time, equity=equity, benchmark=equity), "America/New_York"
    )
    assert found is not None
    assert (found.title, len(found.columns)) == (title, columns)
    assert calendar_returns(None, "UTC") is None


def test_the_cost_chart_marks_what_was_given_and_where_it_ends() -> None:
    figure = cost_figure(costs(), "buy and hold")
    assert figure is not None
    assert figure["data"][0]["x"] == [0.0, 0.05, 0.1, 0.2]
    assert [note["text"] for note in figure["layout"]["annotations"]] == [
        "buy and hold 15.0 %", "given 0.10 %", "edge dies 0.15 %"
    ]  # fmt: skip
    assert cost_rows(costs())[2] == ("0.10 %", "1.00 ×", "10.0 %", "0.500", "40")
    assert cost_figure(CostRecord(reason="it makes no trades"), "") is None


def test_a_trial_without_trades_says_why_there_are_no_costs() -> None:
    study = a_study(record=a_record(), costs=CostRecord(reason="it makes no trades"))
    text = render(run_facts(), [study])
    assert "Nothing to find out: it makes no trades." in text
    assert "study-1-costs-chart" not in charts_of(text)


# --- the page ---------------------------------------------------------------------------------------------


def test_every_chart_has_words_and_every_table_headers() -> None:
    text = render(run_facts(), [golden_study(record=a_record(), costs=costs())])
    charts = re.findall(r'<div class="chart[^>]*>', text)
    assert len(charts) == len(charts_of(text)) >= 5
    assert all('role="img"' in chart and re.search(r'aria-label="[^"]{10,}"', chart) for chart in charts)
    for table in re.findall(r"<table.*?</table>", text, re.S):
        assert '<th scope="col"' in table or "<th>" in table
    headings = [int(level) for level in re.findall(r"<h(\d)", text)]
    assert headings[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))
    assert len(re.findall(r'id="([^"]+)"', text)) == len(set(re.findall(r'id="([^"]+)"', text)))
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert links <= set(re.findall(r'id="([^"]+)"', text))


def test_notes_of_a_person_are_on_the_page() -> None:
    text = render(run_facts(notes=("2024-05-01 12:00 looks odd <b>",)), [a_study()])
    assert "<h2>Notes</h2>" in text
    assert "looks odd &lt;b&gt;" in text
    assert "<h2>Notes</h2>" not in render(run_facts(), [a_study()])


def test_sealed_bars_are_open_and_none_is_a_doubt() -> None:
    assert marks(of(a_study()))["Unseen bars"] is Mark.OPEN
    assert marks(of(a_study(), data=data_facts(sealed=None)))["Unseen bars"] is Mark.UNSURE
    assert replace(run_facts(), notes=()).notes == ()
