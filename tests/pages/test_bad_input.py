"""Each bad input ends with exit code 2 and lines that say where, what must hold and what it was."""

from __future__ import annotations

import re

import pytest

from tests.pages import errors_page
from tests.pages.bad_case import Case
from tests.pages.bad_input import CASES, HEAD, MINE, strategy

ALL = [pytest.param(case, id=case.title) for cases in CASES.values() for case in cases]
_LINE = re.compile(r"(--[a-z]+( .*)?|[\w./-]+(:\d+){0,2}): \S.*[.?]")


@pytest.mark.parametrize("case", ALL)
def test_bad_input_is_exit_code_2_and_one_line_per_problem(case: Case) -> None:
    code, said = errors_page.run(case)
    assert code == 2, said
    assert "Traceback" not in said
    assert said.startswith(case.says[0])
    assert [one for one in case.says if one not in said] == [], said
    assert [line for line in said.splitlines() if not _LINE.fullmatch(line)] == []
    assert re.search(r"(?<![\w.])/\w", said) is None, "a path of this machine"


FURTHER = [
    Case(
        title="components of a list, by use",
        config=HEAD + "components: [rsi, {use: 'nofile.py:mine'}, 'strategy.py:mien']\n",
        files=strategy("bars.close > 1"),
        says=("admf.yaml:2:25: there is no file 'nofile.py'", "admf.yaml:2:44: strategy.py has no 'mien'"),
    ),
    Case(
        title="parts of composites",
        config=HEAD
        + "components:\n  both:\n    of: {a: rsi, b: {of: {c: {use: 'nofile.py:mine'}, d: macd}}}\n"
        "  list: {of: [rsi, 'strategy.py:mien']}\n",
        files=strategy("bars.close > 1"),
        says=("admf.yaml:4:36: there is no file 'nofile.py'", "admf.yaml:5:20: strategy.py has no 'mien'"),
    ),
    Case(
        title="a warm-up over an unknown parameter",
        config=HEAD + "components:\n  ma_crossover: {warmup: 2 * slwo}\n",
        says=("admf.yaml:3:26: warmup: a name in an expression", "'slow'"),
    ),
    Case(
        title="a strategy class whose space raises",
        config=HEAD + "components: {mine: {use: 'strategy.py:Mine'}}\n",
        files={
            "strategy.py": "class Mine:\n    def get_parameter_space(self):\n        return {'fast': 1 / 0}\n\n"
            "    def set_parameters(self, given):\n        pass\n\n"
            "    def signal(self, bars):\n        return bars.close > 1\n"
        },
        says=("strategy.py:3:25: ", "cannot be used: ZeroDivisionError", "Used at admf.yaml:2:26."),
    ),
    Case(
        title="something that is no component",
        config=HEAD + "components: {mine: {use: 'strategy.py:np'}}\n",
        files=strategy("bars.close > 1"),
        says=("admf.yaml:2:26: 'mine' is a module",),
    ),
    Case(
        title="no metric in the objective's own file",
        config=HEAD + "components: [rsi]\nobjective: {metric: 'nofile.py:judge'}\n",
        says=("admf.yaml:3:21: there is no file 'nofile.py'",),
    ),
    Case(
        title="a source of null",
        config="data: {source: {A: null}}\ncomponents: [rsi]\n",
        says=("admf.yaml:1:17: the symbol 'A' must have a path, was null.",),
    ),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in FURTHER])
def test_places_are_found_wherever_a_component_is_named(case: Case) -> None:
    code, said = errors_page.run(case)
    assert (code, [one for one in case.says if one not in said]) == (2, []), said


def test_the_page_shows_what_the_program_says() -> None:
    assert errors_page.PAGE.read_text(encoding="utf-8") == errors_page.page(), (
        "run `python -m tests.pages.errors_page` to bring it up to date"
    )


def test_a_signal_that_is_wrong_in_a_later_trial_alone_fails_that_trial() -> None:
    files = strategy("np.full(len(bars.close), 2.0 if fast == 5 else 1.0)")
    more = "execution: {max_failures: 0.5}\n"
    code, said = errors_page.run(Case(title="later", config=MINE + more, files=files, says=("",)))
    assert (code, said) == (0, "")
