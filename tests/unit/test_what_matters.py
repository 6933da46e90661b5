"""The report's section 'What matters': bars, steps and words, and that it survives every study."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf.analysis.importance import importance_of
from admf.reports.page import render
from admf.reports.step_words import NOT_TRIED
from admf.reports.what_matters import END, largest_drop, what_matters
from tests.unit.report_facts import EVIL, a_study, run_facts, small_plotly  # noqa: F401


def grid_study(**changes: Any) -> Any:
    cells = list(product((5, 10, 15, 20), (50, 100, 150), ("close", "open")))
    values = [1.0 - 0.01 * (a - 15) ** 2 - 0.001 * b + 0.3 * (m == "open") for a, b, m in cells]
    params: dict[str, list[Any]] = {
        name: [c[i] for c in cells] for i, name in enumerate(("fast", "slow", "price"))
    }
    return a_study(params, values, **changes)


def test_bars_are_sorted_and_steps_say_what_they_change() -> None:
    found = what_matters(run_facts(), grid_study())
    assert found is not None
    assert found.indices
    assert [bar.name for bar in found.bars] == ["fast", "price", "slow"]
    assert all(bar.first and bar.total and 0.0 <= bar.first[1] <= 1.0 for bar in found.bars)
    steps = [(name, [(cell.to, cell.change) for cell in cells]) for name, cells in found.steps]
    assert steps == [
        ("fast", [("to 10", "−0.250"), ("to 20", "−0.250")]),
        ("slow", [("", END), ("to 100", "−0.0500")]),
        ("price", [("to close", "−0.300")]),
    ]
    assert found.worst.startswith("the largest drop is that of price: close instead costs 0.300 sharpe, ")
    assert largest_drop(run_facts(), grid_study()) == found.worst


def test_it_is_on_the_page() -> None:
    text = render(run_facts(), [grid_study()])
    section = text[text.index(">What matters</h3>") : text.index("over the parameters</h3>")]
    assert 'href="#study-1-matters"' in text
    assert re.search(r"The largest drop is that of price: .* The spread is one standard deviation\.", section)
    assert "Sobol indices of 24 scored trials, which are all combinations" in section
    assert len(re.findall(r'class="meter"', section)) in (3, 6)


def test_what_was_not_tried_is_said() -> None:
    params: dict[str, list[Any]] = {"a": [1, 2, 3, 3], "m": ["x", "x", "x", "y"], "k": [1, 1, 1, 2]}
    found = what_matters(run_facts(), a_study(params, [2.0, 3.0, 1.0, 0.0]))
    assert found is not None
    steps = {name: [cell.change for cell in cells] for name, cells in found.steps}
    assert steps == {"a": ["−1.00", "−2.00"], "m": [NOT_TRIED], "k": [END, NOT_TRIED]}
    assert found.words[0].startswith(
        "Neither PED-ANOVA nor Sobol indices, because 4 trials have a value, and 20 are"
    )


def test_of_many_choices_the_least_costly_are_shown_and_the_worst_is_named() -> None:
    study = a_study({"m": list("abcdefg")}, [1.0, 3.0, 9.0, 4.0, 2.0, 7.0, 5.0])
    found = what_matters(run_facts(), study)
    assert found is not None
    assert [cell.to for _, (cell,) in found.steps] == ["to f", "to g", "to d", "to b"]
    assert "of m: a instead costs 8.00 sharpe" in found.worst


def test_a_random_search_has_bars_and_no_steps() -> None:
    u = np.random.default_rng(0).uniform(size=(200, 2))
    study = a_study({"a": u[:, 0].tolist(), "b": u[:, 1].tolist()}, u[:, 0].tolist(), method="random")
    found = what_matters(run_facts(), study)
    assert found is not None
    assert (len(found.bars), found.steps, found.worst) == (2, (), "")
    assert [bar.chance for bar in found.bars] == [False, True]
    assert "no more than chance" in render(run_facts(), [study])


def test_a_search_that_learns_is_said_to_have_chosen_its_places() -> None:
    u = np.random.default_rng(0).uniform(size=(200, 2))
    for method, said in (("genetic", True), ("random", False)):
        study = a_study({"a": u[:, 0].tolist(), "b": u[:, 1].tolist()}, u[:, 0].tolist(), method=method)
        assert (f"The search by {method} went where" in render(run_facts(), [study])) == said


@pytest.mark.parametrize("study", [a_study(values=[], failed=3), a_study({}, [1.0, 2.0]), a_study({}, [])])
def test_without_values_or_parameters_there_is_no_section(study: Any) -> None:
    assert what_matters(run_facts(), study) is None
    assert "What matters" not in render(run_facts(), [study])


def test_names_and_values_are_escaped() -> None:
    study = a_study({EVIL: [1, 2, 3, 3], "m_": [EVIL, EVIL, EVIL, "y"]}, [2.0, 3.0, 1.0, 0.0])
    assert EVIL not in render(run_facts(objective=EVIL), [study])


NUMBERS = st.one_of(st.none(), st.floats(-5, 5), st.just(float("nan")), st.integers(-3, 3))
ANY = st.one_of(NUMBERS, st.booleans(), st.sampled_from(["a", "b", "<i>"]), st.just({"atr": 2}))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_study_gives_numbers_that_mean_something_or_none(data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 40))
    params = {
        name: data.draw(st.lists(kind, min_size=n, max_size=n))
        for name, kind in (("p", NUMBERS), ("q", ANY), ("r", st.integers(0, 2)))
    }
    values = data.draw(st.lists(st.one_of(st.just(float("nan")), st.floats(-3, 3)), min_size=n, max_size=n))
    scales = data.draw(
        st.dictionaries(st.sampled_from("pqr"), st.sampled_from(["linear", "log", "ordinal", "categorical"]))
    )
    found = importance_of(
        {**params, "value": np.array(values)},
        tuple(params),
        maximize=True,
        scales=scales,
        constraints=["p < r", "q == 'a'"],
    )
    share, told = found.ranked.share, found.indices
    assert bool(share) == (found.ranked.why is None)
    assert bool(told.total) == bool(told.first) == (told.why is None)
    if share:
        assert sum(share.values()) == pytest.approx(1.0)
        assert min(share.values()) >= 0.0
        assert len(found.ranked.chance) < len(share)
    assert all(-0.3 < told.first[name] < 1.3 and -0.3 < told.total[name] < 1.5 for name in told.total)
    what_matters(run_facts(), a_study(params, values, scales=scales))
