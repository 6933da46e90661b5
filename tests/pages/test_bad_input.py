"""Each bad input ends with exit code 2 and lines that say where, what must hold and what it was."""

from __future__ import annotations

import re

import pytest

from tests.pages import errors_page
from tests.pages.bad_input import CASES, MINE, Case, strategy

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


def test_the_page_shows_what_the_program_says() -> None:
    assert errors_page.PAGE.read_text(encoding="utf-8") == errors_page.page(), (
        "run `python -m tests.pages.errors_page` to bring it up to date"
    )


def test_a_signal_that_is_wrong_in_a_later_trial_alone_fails_that_trial() -> None:
    files = strategy("np.full(len(bars.close), 2.0 if fast == 5 else 1.0)")
    more = "execution: {max_failures: 0.5}\n"
    code, said = errors_page.run(Case(title="later", config=MINE + more, files=files, says=("",)))
    assert (code, said) == (0, "")
